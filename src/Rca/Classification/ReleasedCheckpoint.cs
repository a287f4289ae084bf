using System.Text.RegularExpressions;
using Rca.Backbones;
using Rca.Computing;
using Rca.Data.Coco;
using Rca.Data.Folder;
using Rca.Data.Voc;
using Rca.Torch;
using Rca.Training;

namespace Rca.Classification;

/// <summary>Checkpoints of the public RCA code: its VGG16 network with all heads, under our names.</summary>
public static partial class ReleasedCheckpoint
{
    /// <summary>Makes a run folder from a checkpoint, for labelling. It holds weights and prototypes; training cannot go on from it.</summary>
    /// <param name="path">A .pth or .pt of PyTorch: the network's weights, or a dictionary that holds them beside other things.</param>
    /// <param name="classFile">File with one class name a line, in the order that the network was trained with; null for VOC's or COCO's.</param>
    /// <param name="run">The run folder, which must hold no run yet.</param>
    /// <returns>The classes.</returns>
    /// <exception cref="WeightFileException">The file cannot be read, or is no such checkpoint.</exception>
    /// <exception cref="StateMismatchException">Weights are missing or of another shape.</exception>
    /// <exception cref="RcaException">The classes do not fit, or the folder holds a run.</exception>
    public static IReadOnlyList<string> Import(string path, string? classFile, RunFolder run)
    {
        if (run.Exists) throw new RcaException($"{run.Path} holds a run already. Choose another folder.");
        using WeightFile file = WeightFile.Read(path);
        using var scope = new TensorScope();
        // The network's weights, wherever the file keeps them, without the name of a wrapper for data parallelism.
        Dictionary<string, Tensor> found = PublicWeights.Renamed(
            file, path, static name => name.StartsWith("optimizer.", StringComparison.Ordinal) ? null : Wrapper().Replace(name, ""));
        int count = found.Keys.Count(static name => ClassHead().IsMatch(name));
        if (count == 0)
            throw new WeightFileException(path, "is not a checkpoint of the public RCA code: it has no 'extra_convs0.0.weight', or one like it");
        IReadOnlyList<string> classes = classFile is not null ? ClassList.ReadStrictly(classFile)
            : count == VocClasses.Names.Count ? VocClasses.Names : [.. CocoClasses.Numbered.Select(static known => known.Name)];
        if (count != classes.Count)
            throw new RcaException($"{path} has {count} classes, but {classFile ?? "COCO"} has {classes.Count}. Give a file with {count} class names, in the order that the network was trained with.");
        // Of these two sizes the rest follows; whatever does not fit them is listed, and nothing is made before they are in range.
        double width = found.TryGetValue("features.28.weight", out Tensor? last) && last.Dimensions > 0 ? last.Size(0) / 512.0 : 1;
        long prototypes = found.TryGetValue("cluter0", out Tensor? centres) && centres.Dimensions > 0 ? centres.Size(0) : 10;
        ClassificationOptions options = new ClassificationOptions { Backbone = "vgg16", Width = width, Size = 368 }.AsReleased()
            with { Prototypes = (int)Math.Min(prototypes, int.MaxValue), AccumulateMaps = false };
        try
        {
            options.Validate();
        }
        catch (RcaException e)
        {
            throw new WeightFileException(path, $"holds a network of sizes that are not supported. {e.Message}");
        }
        using var model = new ClassificationModel(classes.Count, options);
        try
        {
            model.LoadState(Translate(found, path));
        }
        catch (StateMismatchException e)
        {
            throw new StateMismatchException($"{path}: {e.Message}");
        }
        run.Begin(new RunConfiguration<ClassificationOptions>(ClassificationRun.Kind, classes, $"imported from {Path.GetFileName(path)}", options, RunVersions.Of(new Compute("cpu"))));
        run.SaveCheckpoint(model.State().Select(static item => ("model." + item.Name, item.Value)), options.Epochs);
        return classes;
    }

    /// <summary>The name here of a weight of the public code; null for what the network does not need after training.</summary>
    internal static string? OurName(string name)
    {
        if (name.StartsWith("features.", StringComparison.Ordinal)) return $"backbone.{name}";
        if (ClassPart().Match(name) is { Success: true } part)
            return part.Groups["class"].Length > 0 ? $"head2.{part.Groups["class"].Value}.{part.Groups["rest"].Value}" : $"head1.{part.Groups["rest"].Value}";
        if (Projection().Match(name) is { Success: true } projection) return $"project.{projection.Groups["rest"].Value}";
        if (Attention().Match(name) is not { Success: true } attention) return null;
        string ours = attention.Groups["part"].Value switch
        {
            "Q" => "query",
            "K" => "key",
            "V" => "value",
            "aggre" => "gathered",
            _ => "fuse",
        };
        return $"aggregate.{ours}.{attention.Groups["rest"].Value}";
    }

    private static Dictionary<string, Tensor> Translate(Dictionary<string, Tensor> found, string path)
    {
        using var noGrad = new NoGrad();
        var ours = new Dictionary<string, Tensor>();
        foreach (var (name, value) in found)
            if (OurName(name) is { } to)
                // Linear layers are 1×1 convolutions here.
                ours[to] = to.StartsWith("aggregate.", StringComparison.Ordinal) && value.Dimensions == 2 ? value.Unsqueeze(2).Unsqueeze(3) : value;
        // A bias before batch normalisation moves nothing but the mean that is subtracted.
        if (ours.Remove("project.0.bias", out Tensor? bias) && ours.TryGetValue("project.1.running_mean", out Tensor? mean))
        {
            RequireSame(mean, bias, "extra_F.0.bias");
            ours["project.1.running_mean"] = mean - bias;
        }
        Tensor[] prototypes = [.. Enumerable.Range(0, found.Count).Select(l => found.GetValueOrDefault($"cluter{l}")).TakeWhile(static some => some is not null).Select(static some => some!)];
        if (prototypes.Length > 0)
        {
            for (int l = 1; l < prototypes.Length; l++) RequireSame(prototypes[0], prototypes[l], $"cluter{l}");
            ours["aggregate.prototypes"] = Tensor.Concatenate(prototypes, 0);
            ours["aggregate.presence"] = Tensor.Zeros([ours["aggregate.prototypes"].Size(0)]); // all there
        }
        return ours;

        void RequireSame(Tensor expected, Tensor value, string name)
        {
            if (!expected.Shape.AsSpan().SequenceEqual(value.Shape)) throw new WeightFileException(path, $"holds '{name}' as {value}; expected {expected}");
        }
    }

    [GeneratedRegex(@"^(state_dict\.|model\.)?(module\.)?")]
    private static partial Regex Wrapper();

    [GeneratedRegex(@"^extra_convs\d{1,5}\.0\.weight$")]
    private static partial Regex ClassHead();

    [GeneratedRegex(@"^extra_convs(?<class>\d{0,5})\.(?<rest>[0246]\.\w+)$")]
    private static partial Regex ClassPart();

    [GeneratedRegex(@"^extra_F\.(?<rest>[013]\.\w+)$")]
    private static partial Regex Projection();

    [GeneratedRegex(@"^(?<part>Q|K|V|aggre|concat_project)\.(?<rest>\w+)$")]
    private static partial Regex Attention();
}
