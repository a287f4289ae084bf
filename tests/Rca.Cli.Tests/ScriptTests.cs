using System.Diagnostics;
using System.Runtime.Versioning;

namespace Rca.Cli.Tests;

/// <summary>The launchers, with a stand-in for dotnet: nothing is installed or built here.</summary>
[SupportedOSPlatform("linux")]
public sealed class ScriptTests
{
    private const string FakeDotnet = """
        #!/bin/bash
        case $1 in
          --list-sdks) echo '10.0.100 [/usr/share/dotnet/sdk]' ;;
          build) printf '%s\n' "${FAKE_OUTPUT:-}"; exit "${FAKE_BUILD:-0}" ;;
          *Good.Tests.dll) echo '   Good.Tests  Total: 5, Errors: 0, Failed: 0, Skipped: 2, Not Run: 0, Time: 0.1s' ;;
          *Bad.Tests.dll) echo '   Bad.Tests  Total: 4, Errors: 0, Failed: 1, Skipped: 0, Not Run: 0, Time: 0.1s'; exit 1 ;;
          *Crash.Tests.dll) exit 134 ;;
          *) printf '%s\n' "$PWD" "$@" ;;
        esac
        """;

    [Theory]
    [InlineData(0, "3 passed, 0 failed, 2 skipped", "Good.Tests")]
    [InlineData(1, "6 passed, 1 failed, 2 skipped", "Good.Tests", "Bad.Tests")]
    [InlineData(1, "3 passed, 1 failed, 2 skipped", "Good.Tests", "Crash.Tests")]
    [InlineData(1, "0 passed, 0 failed, 0 skipped")]
    public void Test_sums_up_in_its_last_line(int code, string last, params string[] projects)
    {
        using var checkout = new FakeCheckout();
        foreach (var project in projects)
            checkout.Add(project);

        var result = checkout.Run("test");

        Assert.Equal(code, result.Code);
        Assert.Equal(last, result.Lines[^1]);
    }

    [Fact]
    public void Test_takes_a_filter()
    {
        using var checkout = new FakeCheckout();
        checkout.Add("Good.Tests");
        checkout.Add("Bad.Tests");

        Assert.Equal("3 passed, 0 failed, 2 skipped", checkout.Run("test", "Good").Lines[^1]);
    }

    [Fact]
    public void Test_fails_where_nothing_builds()
    {
        using var checkout = new FakeCheckout();
        checkout.Add("Good.Tests");
        checkout.Environment["FAKE_BUILD"] = "1";

        var result = checkout.Run("test");

        Assert.NotEqual(0, result.Code);
        Assert.Equal("0 passed, 1 failed, 0 skipped", result.Lines[^1]);
    }

    [Fact]
    public void Rca_hands_on_its_arguments_as_they_are_from_any_folder_and_through_a_link()
    {
        using var checkout = new FakeCheckout();
        using var elsewhere = new TemporaryFolder();
        File.CreateSymbolicLink(elsewhere.At("link"), checkout.Script("rca"));

        var result = checkout.RunFile(elsewhere.At("link"), elsewhere.Path, "check", "my data", "*");

        Assert.Equal(0, result.Code);
        Assert.Equal([elsewhere.Path, checkout.Program, "check", "my data", "*"], result.Lines);
    }

    [Fact]
    public void Rca_sets_up_once()
    {
        using var checkout = new FakeCheckout();

        var first = checkout.Run("rca", "doctor").Error;
        Assert.Contains("Setting up", first);
        Assert.Contains("Building", first);
        Assert.Equal("", checkout.Run("rca", "doctor").Error);
        File.SetLastWriteTimeUtc(checkout.Source, new DateTime(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Contains("Building", checkout.Run("rca", "doctor").Error);
    }

    [Fact]
    public void What_the_build_left_out_is_said_once()
    {
        using var checkout = new FakeCheckout();
        const string said = "The kernels were not built.";
        checkout.Environment["FAKE_OUTPUT"] = $"/src/A.csproj(30,5): warning RCA0001: {said} [/src/A.csproj]\n/src/A.csproj(30,5): warning RCA0001: {said}\n";

        var result = checkout.Run("rca", "doctor");

        Assert.Equal(0, result.Code);
        Assert.Single(result.Error.Split('\n'), said);
        Assert.Equal("", checkout.Run("rca", "doctor").Error);
    }

    [Fact]
    public void A_failed_build_is_not_believed_complete()
    {
        using var checkout = new FakeCheckout();
        checkout.Environment["FAKE_BUILD"] = "1";
        var failed = checkout.Run("rca", "doctor");
        checkout.Environment["FAKE_BUILD"] = "0";

        Assert.Equal(ExitCode.Environment, failed.Code);
        Assert.Contains("setup.log", failed.Error);
        Assert.Contains("Building", checkout.Run("rca", "doctor").Error);
    }

    [Fact]
    public void Without_the_SDK_a_message_says_how_to_get_it()
    {
        using var checkout = new FakeCheckout();
        foreach (var tool in (string[])["bash", "dirname", "readlink"])
            File.CreateSymbolicLink(checkout.At("tools", tool), new[] { "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, tool)).First(File.Exists));
        checkout.Environment["PATH"] = checkout.At("tools");

        var result = checkout.Run("rca", "doctor");

        Assert.Equal(ExitCode.Environment, result.Code);
        Assert.Contains("the .NET 10 SDK is missing", result.Error);
        Assert.Contains("https://", result.Error);
    }

    private sealed record Result(int Code, string[] Lines, string Error);

    private sealed class FakeCheckout : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public FakeCheckout()
        {
            foreach (var script in (string[])["rca", "test", "eng/setup.sh"])
                File.Copy(Path.Combine(Repository.Root, script), folder.At("check out", script));
            WriteScript(folder.At("bin", "dotnet"), FakeDotnet);
            WriteScript(folder.At("check out", "eng", "bootstrap.sh"), """
                #!/bin/bash
                echo 'Setting up' >&2
                checkout=$(dirname "$(dirname "$(readlink -f "$0")")")
                source "$checkout/eng/setup.sh"
                mkdir -p "$artifacts"
                setup_key >"$artifacts/bootstrap.stamp"

                """);
            foreach (var file in (string[])["src/a.cs", "Directory.Build.props", "Directory.Packages.props", "global.json", "artifacts/bin/Rca.Cli/release/Rca.Cli.dll"])
                File.WriteAllText(folder.At("check out", file), "");
            Environment["PATH"] = $"{folder.At("bin")}:/usr/bin:/bin";
            Environment["HOME"] = folder.Path;
        }

        public Dictionary<string, string> Environment { get; } = [];

        public string Source => folder.At("check out", "src", "a.cs");

        public string Program => folder.At("check out", "artifacts", "bin", "Rca.Cli", "release", "Rca.Cli.dll");

        public string At(params string[] parts) => folder.At(parts);

        public string Script(string name) => folder.At("check out", name);

        public void Add(string project) => folder.At("check out", "tests", project, "file");

        public Result Run(string script, params string[] arguments) => RunFile(Script(script), "/", arguments);

        public Result RunFile(string path, string workingDirectory, params string[] arguments)
        {
            var start = new ProcessStartInfo("/bin/bash", [path, .. arguments])
            {
                WorkingDirectory = workingDirectory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment.Clear();
            foreach (var (name, value) in Environment)
                start.Environment[name] = value;
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new Result(process.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries), error.Result);
        }

        public void Dispose() => folder.Dispose();

        private static void WriteScript(string path, string text)
        {
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
