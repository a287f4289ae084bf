using System.CommandLine;
using Rca.Torch;

namespace Rca.Cli.Commands;

/// <summary><c>weights inspect</c>: what is in a weight file.</summary>
internal sealed class WeightsInspectCommand : RcaCommand
{
    private readonly Argument<string> _file = Common.WeightFile();

    public WeightsInspectCommand(Terminal terminal)
        : base("inspect", "Shows names, types and shapes in a weight file; reads no elements and executes nothing.", terminal) => Arguments.Add(_file);

    public override IReadOnlyList<Example> Examples =>
    [
        new("weights inspect checkpoint.pth", "All tensors, then what else the file holds."),
        new("weights inspect model.safetensors --json", "The same for a program."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        using WeightReader reader = WeightReader.Open(parsed.GetRequiredValue(_file));
        long elements = reader.Tensors.Sum(static tensor => tensor.Count), bytes = reader.Tensors.Sum(static tensor => tensor.Bytes);
        output.Json(new
        {
            reader.Path,
            reader.Format,
            Elements = elements,
            Bytes = bytes,
            Tensors = reader.Tensors.Select(static tensor => new { tensor.Name, Type = TypeName(tensor), tensor.Shape }),
            reader.Metadata,
        });
        output.Table(
            ["tensor", "type", "shape"],
            [.. reader.Tensors.Select(static tensor => (string[])[Common.Printable(tensor.Name), TypeName(tensor), string.Join("×", tensor.Shape)])]);
        foreach (var (key, text) in reader.Metadata)
            output.Line($"{Common.Printable(key)} = {Common.Printable(text)}");
        string format = reader.Format switch { WeightFormat.Safetensors => "safetensors", WeightFormat.PyTorchZip => "PyTorch, zip", _ => "PyTorch before 1.6" };
        output.Line($"\n{reader.Tensors.Count} tensors, {elements} elements, {bytes} bytes ({format}).");
        return ExitCode.Ok;
    }

    private static string TypeName(StoredTensor tensor) => $"{tensor.Type}".ToLowerInvariant();
}
