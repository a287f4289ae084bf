using System.CommandLine;
using Rca.Torch;

namespace Rca.Cli.Commands;

/// <summary><c>weights convert</c>: writes the tensors of a weight file as safetensors.</summary>
internal sealed class WeightsConvertCommand : RcaCommand
{
    private readonly Argument<string> _file = Common.WeightFile();
    private readonly Option<string> _target = new("--out") { Description = "The file to write, for example model.safetensors.", HelpName = "FILE", Required = true };
    private readonly Option<string> _below = new("--below")
    {
        Description = "Take only tensors whose names start with this, without it: state_dict.module. for example.", HelpName = "PREFIX", DefaultValueFactory = static _ => "",
    };

    public WeightsConvertCommand(Terminal terminal) : base("convert", "Writes the tensors of a weight file as safetensors, with the same names and types.", terminal)
    {
        Arguments.Add(_file);
        Take(_target, _below);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("weights convert resnet50-0676ba61.pth --out resnet50.safetensors", "All tensors of the file."),
        new("weights convert checkpoint.pth --below state_dict.module. --out model.safetensors", "The network out of a checkpoint, without the optimiser."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        string path = parsed.GetRequiredValue(_file), target = parsed.GetRequiredValue(_target), below = parsed.GetRequiredValue(_below);
        if (target.Length == 0) throw new RcaException("--out is empty; expected the name of a file.");
        using WeightReader reader = WeightReader.Open(path);
        if (Real(path) == Real(target)) throw new RcaException($"--out {target} is the file to convert. Choose another name.");
        if (reader.Tensors.Count == 0) throw new RcaException($"{path} holds no tensors.");
        List<StoredTensor> chosen = [.. reader.Tensors.Where(tensor => tensor.Name.StartsWith(below, StringComparison.Ordinal) && tensor.Name.Length > below.Length)];
        if (chosen.Count == 0)
        {
            var starts = reader.Tensors.Select(static tensor => Common.Printable(tensor.Name.Split('.')[0])).Distinct().Take(10);
            throw new RcaException($"{path} has no tensor whose name starts with '{below}'. Its names start with {string.Join(", ", starts)}.");
        }
        using var scope = new TensorScope();
        Safetensors.Write(target, chosen.Select(tensor => (tensor.Name[below.Length..], reader.Read(tensor))), reader.Metadata);
        output.Json(new { Path = target, Tensors = chosen.Count, Bytes = new FileInfo(target).Length });
        output.Line($"{target}: {chosen.Count} of {reader.Tensors.Count} tensors, {new FileInfo(target).Length} bytes.");
        return ExitCode.Ok;
    }

    /// <summary>The path without links, also in the folders above.</summary>
    private static string Real(string path)
    {
        string full = Path.GetFullPath(path);
        if (Path.Exists(full)) full = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        return Path.GetDirectoryName(full) is { } folder ? Path.Combine(Real(folder), Path.GetFileName(full)) : full;
    }
}
