using System.Text.Json;

namespace Rca.Cli.Tests;

/// <summary>Runs command lines in this process.</summary>
internal static class Cli
{
    public sealed record Result(int Code, string Out, string Error)
    {
        public JsonElement Json => JsonDocument.Parse(Out).RootElement;
    }

    public static Result Run(params string[] arguments) => Run(CancellationToken.None, arguments);

    public static Result Run(CancellationToken cancel, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = Application.RunAsync(arguments, new Terminal(output, error), cancel).GetAwaiter().GetResult();
        return new Result(code, output.ToString(), error.ToString());
    }
}
