using System.CommandLine;

namespace Rca.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> CommandNames() => [.. All().Select(found => found.Path)];

    [Fact]
    public void The_program_lists_its_commands_and_exit_codes()
    {
        var result = Cli.Run("--help");

        Assert.Equal(ExitCode.Ok, result.Code);
        foreach (var name in Application.Commands(new Terminal(TextWriter.Null, TextWriter.Null)).Subcommands.Select(command => command.Name))
            Assert.Contains($"  {name}", result.Out);
        Assert.Contains("Exit codes", result.Out);
        Assert.Contains("./rca [command]", result.Out);
    }

    [Theory, MemberData(nameof(CommandNames))]
    public void Every_command_shows_a_line_of_summary_and_examples(string path)
    {
        var command = Find(path);
        var result = Cli.Run([.. path.Split(' '), "--help"]);

        Assert.Equal(ExitCode.Ok, result.Code);
        Assert.DoesNotContain('\n', command.Description!);
        Assert.Contains(command.Description!, result.Out);
        Assert.Contains($"./rca {path}", result.Out);
        Assert.NotEmpty(command.Examples);
        Assert.All(command.Examples, example => Assert.Contains($"  ./rca {example.CommandLine}", result.Out));
    }

    [Theory, MemberData(nameof(CommandNames))]
    public void Every_example_is_a_valid_command_line(string path)
    {
        var root = Application.Commands(new Terminal(TextWriter.Null, TextWriter.Null));

        Assert.All(Find(path).Examples, example =>
        {
            var parsed = root.Parse(example.CommandLine);
            Assert.Empty(parsed.Errors);
            Assert.Equal(Find(path).Name, parsed.CommandResult.Command.Name);
        });
    }

    [Theory, MemberData(nameof(CommandNames))]
    public void Every_option_and_argument_is_described_and_json_is_there(string path)
    {
        var command = Find(path);

        Assert.Contains(command.Options, option => option.Name == "--json");
        Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name));
        Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), argument.Name));
    }

    [Fact]
    public void The_version_is_a_line_on_stdout()
    {
        var result = Cli.Run("--version");

        Assert.Equal(ExitCode.Ok, result.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+\s*$", result.Out);
    }

    private static RcaCommand Find(string path) => All().Single(found => found.Path == path).Command;

    private static IEnumerable<(string Path, RcaCommand Command)> All() =>
        Below(Application.Commands(new Terminal(TextWriter.Null, TextWriter.Null)), "");

    private static IEnumerable<(string, RcaCommand)> Below(Command parent, string prefix) =>
        parent.Subcommands.SelectMany(child => Below(child, $"{prefix}{child.Name} "))
            .Concat(parent is RcaCommand command ? [(prefix.TrimEnd(), command)] : []);
}
