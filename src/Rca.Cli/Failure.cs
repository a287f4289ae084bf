using Rca.Imaging;
using Rca.Torch;

namespace Rca.Cli;

/// <summary>Says what stopped a command, in words for the person who typed it.</summary>
internal static class Failure
{
    /// <summary>Where set, an unexpected error shows its stack trace at once.</summary>
    private const string DebugVariable = "RCA_DEBUG";

    public static int Report(Exception exception, IReadOnlyList<string> arguments, TextWriter error, CancellationToken cancel)
    {
        switch (exception)
        {
            case OperationCanceledException when cancel.IsCancellationRequested:
                error.WriteLine("Stopped.");
                return ExitCode.Cancelled;
            case TorchException and not (WeightFileException or StateMismatchException):
                error.WriteLine($"error: {exception.Message}");
                return ExitCode.Environment;
            case RcaException or PictureException or TorchException or IOException or UnauthorizedAccessException:
                error.WriteLine($"error: {exception.Message}");
                return ExitCode.BadInput;
            default:
                error.WriteLine($"error: unexpected {exception.GetType().Name}: {FirstLine(exception.Message)} {Details(exception, arguments)}");
                return ExitCode.Environment;
        }
    }

    private static string Details(Exception exception, IReadOnlyList<string> arguments)
    {
        if (Environment.GetEnvironmentVariable(DebugVariable) == "1")
            return Environment.NewLine + exception;
        try
        {
            // A folder of its own with an unpredictable name: nobody can have put a link there.
            var path = Path.Combine(Directory.CreateTempSubdirectory("rca-error-").FullName, "details.txt");
            File.WriteAllText(path, $"rca {string.Join(' ', arguments)}\n{Environment.OSVersion}, .NET {Environment.Version}\n\n{exception}\n");
            return $"This is a defect of the program; its details are in {path}.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"This is a defect of the program; {DebugVariable}=1 shows its details.";
        }
    }

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd();
}
