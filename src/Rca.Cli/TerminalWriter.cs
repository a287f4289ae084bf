using System.Text;

namespace Rca.Cli;

/// <summary>
/// Writes texts where a person reads them: without control characters, which a terminal would execute, and without an error if nobody reads any more
/// (a closed pipe, a full disk): what the program does goes on.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter
{
    private const char Replacement = '\uFFFD';

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>A text without control characters, line ends and tabs aside.</summary>
    public static string Clean(string text) => text.Any(IsControl) ? string.Concat(text.Select(static c => IsControl(c) ? Replacement : c)) : text;

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(IsControl(value) ? Replacement : value));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(Clean(value ?? "")));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(Clean(value ?? "")));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private static bool IsControl(char c) => char.IsControl(c) && c is not ('\n' or '\r' or '\t');

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody can be told.
        }
    }
}
