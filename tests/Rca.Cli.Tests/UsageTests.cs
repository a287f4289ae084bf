namespace Rca.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("unknown command 'cehck'. Did you mean 'check'?", "cehck")]
    [InlineData("unknown command 'scens'. Did you mean 'scenes'?", "sample", "scens")]
    [InlineData("unknown option '--jsno'. Did you mean '--json'?", "doctor", "--jsno")]
    [InlineData("unknown option '--sied'. Did you mean '--seed'?", "sample", "scenes", "--out", "x", "--sied", "3")]
    [InlineData("unknown option '--sied'. Did you mean '--seed'?", "sample", "scenes", "--out", "x", "--sied=3")]
    [InlineData("unknown option '--jsn'. Did you mean '--json'?", "check", "--jsn")]
    [InlineData("unknown option '--verion'. Did you mean '--version'?", "--verion")]
    public void A_mistyped_word_gets_the_one_that_was_meant(string message, params string[] arguments)
    {
        var result = Cli.Run(arguments);

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Equal("", result.Out);
        Assert.Contains($"error: {message}", result.Error);
        Assert.Single(result.Error.Split('\n'), line => line.StartsWith("error:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("unknown option '--xyzzy'.", "doctor", "--xyzzy")]
    [InlineData("unknown argument 'plugh'.", "doctor", "plugh")]
    public void A_word_that_is_near_to_nothing_gets_no_guess(string message, params string[] arguments)
    {
        var result = Cli.Run(arguments);

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains($"error: {message}", result.Error);
        Assert.DoesNotContain("Did you mean", result.Error);
    }

    [Theory]
    [InlineData("--learning-rate is '0,001'; write a number without commas", "train", "x", "--out", "y", "--learning-rate", "0,001")]
    [InlineData("--alpha is '4,5'; write a number without commas", "label", "x", "y", "--out", "z", "--alpha", "4,5")]
    [InlineData("--epochs is '1,000'; write a number without commas", "train", "x", "--out", "y", "--epochs", "1,000")]
    [InlineData("--minutes is '1,5'; write a number without commas", "start", "x", "--minutes", "1,5")]
    [InlineData("--epochs is given 2 times; give it once.", "train", "x", "--out", "y", "--epochs", "1", "--epochs", "2")]
    [InlineData("--out is given 2 times; give it once.", "train", "x", "--out", "y", "--out", "z")]
    [InlineData("--flip is given 2 times; give it once.", "label", "x", "y", "--out", "z", "--flip", "true", "--flip", "false")]
    public void What_would_be_misread_is_refused(string message, params string[] arguments)
    {
        var result = Cli.Run(arguments);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Single(result.Error.Split('\n'), line => line.StartsWith("error:", StringComparison.Ordinal));
        Assert.Contains($"error: {message}", result.Error);
    }

    [Fact]
    public void Lists_of_numbers_keep_their_commas() => Assert.DoesNotContain("without commas", Cli.Run("label", "x", "y", "--out", "z", "--scales", "1,1.5").Error);

    [Theory]
    [InlineData("--train is 'many'; expected a whole number.", "sample", "scenes", "--out", "x", "--train", "many")]
    [InlineData("--split is 'vla'; expected train, val, test.", "evaluate", "--pred", "x", "--data", "y", "--split", "vla")]
    [InlineData("'--out' is required", "sample", "scenes")]
    [InlineData("'check'", "check")]
    [InlineData("the truth is not named", "evaluate", "--pred", "x")]
    [InlineData("--scales: 'x' is not a number", "label", "run", "data", "--out", "x", "--scales", "1,x")]
    [InlineData("--method is 'cma'; expected rca, cam, released. Did you mean 'cam'?", "train", "data", "--out", "x", "--method", "cma")]
    [InlineData("--split needs --data", "evaluate", "--pred", "x", "--truth", "y", "--split", "val")]
    public void A_wrong_value_is_named_with_what_was_expected(string message, params string[] arguments)
    {
        var result = Cli.Run(arguments);

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(message, result.Error);
        Assert.Contains("--help", result.Error);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        var result = Cli.Run("sample", "scenes", "--train", "many", "--sied", "3");

        Assert.Contains("--out", result.Error);
        Assert.Contains("'many'", result.Error);
        Assert.Contains("--sied", result.Error);
    }

    [Theory]
    [InlineData]
    [InlineData("sample")]
    public void Without_a_command_the_help_goes_to_stderr(params string[] arguments)
    {
        var result = Cli.Run(arguments);

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Equal("", result.Out);
        Assert.Contains("Commands:", result.Error);
    }
}
