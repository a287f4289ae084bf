using System.CommandLine;
using Rca.Weights;

namespace Rca.Cli.Commands;

/// <summary><c>weights pull</c>: downloads public weights into the cache.</summary>
internal sealed class WeightsPullCommand : RcaCommand
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Argument<string> _name = new("NAME") { Description = "One of the names that 'weights list' shows." };
    private readonly Option<string> _target = new("--out") { Description = "Folder for the file; left out, the cache.", HelpName = "DIR" };
    private readonly Option<string> _mirror = new("--mirror") { Description = $"Folder on another server with the same files; left out, {PublicWeightFile.Source}.", HelpName = "URL" };

    public WeightsPullCommand(Terminal terminal)
        : base("pull", "Downloads public ImageNet weights and checks their SHA-256; goes on where a download stopped.", terminal)
    {
        Arguments.Add(_name);
        Take(_target, _mirror);
        _mirror.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !(Uri.TryCreate(token.Value, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
                result.AddError($"--mirror is '{token.Value}'; expected an address that begins with https:// or http://.");
        });
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("weights pull resnet50", "Downloads 98 MiB into the cache, or finds the file there."),
        new("weights pull vgg16 --mirror https://mirror.example.org/models", "From another server; the SHA-256 must be the same."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        PublicWeightFile weights = PublicWeightFile.Find(parsed.GetRequiredValue(_name));
        Uri source = parsed.GetValue(_mirror) is { } mirror ? new Uri($"{mirror.TrimEnd('/')}/") : PublicWeightFile.Source;
        string folder = parsed.GetValue(_target) ?? PublicWeightFile.CacheFolder;
        if (folder.Length == 0) throw new RcaException("--out is empty; expected a folder.");
        var result = output.WithProgress(progress => new WeightDownload(source, Patience).Fetch(weights, folder, progress, cancel).GetAwaiter().GetResult());
        output.Json(new { weights.Name, result.Path, result.Bytes, result.Fetched, weights.Sha256 });
        output.Line(result.Fetched == 0 ? $"{result.Path} is there already; its SHA-256 is right." : $"{result.Path}: {result.Bytes} bytes, SHA-256 right.");
        return ExitCode.Ok;
    }
}
