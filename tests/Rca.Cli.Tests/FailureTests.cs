using Rca.Imaging;
using Rca.Torch;

namespace Rca.Cli.Tests;

public sealed class FailureTests
{
    public static TheoryData<Exception, int> Known() => new()
    {
        { new RcaException("scenes: there is no such folder."), ExitCode.BadInput },
        { new PictureException("a.jpg", "ends early"), ExitCode.BadInput },
        { new WeightFileException("a.safetensors", "ends early"), ExitCode.BadInput },
        { new StateMismatchException("head.weight: 20 classes found, 9 expected"), ExitCode.BadInput },
        { new IOException("No space left on device : 'run'"), ExitCode.BadInput },
        { new UnauthorizedAccessException("Access to the path 'run' is denied."), ExitCode.BadInput },
        { new TorchLoadException("libtorch does not load."), ExitCode.Environment },
        { new OperatorException("aten::conv2d", "out of memory"), ExitCode.Environment },
    };

    [Theory, MemberData(nameof(Known))]
    public void A_known_error_is_one_line_with_its_exit_code(Exception exception, int expected)
    {
        var (code, error) = Report(Thrown(exception), CancellationToken.None);

        Assert.Equal(expected, code);
        Assert.Equal($"error: {exception.Message}", error.Trim());
    }

    [Fact]
    public void An_unexpected_error_is_one_line_that_names_the_file_of_its_details()
    {
        var (code, error) = Report(Thrown(new InvalidOperationException("first line\nsecond line")), CancellationToken.None);

        Assert.Equal(ExitCode.Environment, code);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("first line", line);
        var path = line[line.IndexOf('/')..].TrimEnd('.', '\r');
        Assert.Contains(nameof(Thrown), File.ReadAllText(path));
        File.Delete(path);
    }

    [Fact]
    public void Stopping_is_no_error()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        var (code, error) = Report(new OperationCanceledException(stop.Token), stop.Token);

        Assert.Equal(ExitCode.Cancelled, code);
        Assert.DoesNotContain("error", error);
    }

    [Fact]
    public void A_stopped_command_ends_with_its_exit_code()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Equal(ExitCode.Cancelled, Cli.Run(stop.Token, "check", folder.Path).Code);
    }

    private static (int Code, string Error) Report(Exception exception, CancellationToken cancel)
    {
        var error = new StringWriter();
        return (Failure.Report(exception, ["check", "scenes"], error, cancel), error.ToString());
    }

    /// <summary>Gives the exception a stack trace, which must not be shown.</summary>
    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }
}
