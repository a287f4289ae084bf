using System.Globalization;
using Rca.Backbones;
using Rca.Classification;
using Rca.Reporting;
using Rca.Text;
using Rca.Training;

namespace Rca.Pipelines;

/// <summary>
/// Chooses the settings of a whole run from the usual ones: as many epochs as the number of pictures needs, then, if time is short, one saving
/// after the other, beginning with those that cost the least accuracy.
/// </summary>
/// <param name="usual">The settings to start from.</param>
/// <param name="counts">The pictures.</param>
/// <param name="speed">How fast the machine is with these settings and pictures.</param>
public sealed class Planner(PipelineOptions usual, PictureCounts counts, MachineSpeed speed)
{
    /// <summary>The fewest steps that a network is trained for, however few pictures there are.</summary>
    public const int UsualSteps = 500;

    /// <summary>Number of steps after which further epochs improve little, with very many pictures.</summary>
    public const int MostSteps = 20_000;

    /// <summary>The fewest epochs, however many pictures there are: the memory must be filled for one epoch before it can help the next.</summary>
    public const int FewestEpochs = 3;

    /// <summary>With fewer steps a network is of no use.</summary>
    public const int LeastSteps = 150;

    /// <summary>Side of the training square below which masks are of no use, in pixels.</summary>
    public const int LeastSize = 128;

    /// <summary>The share of the usual time that a quick run takes at most.</summary>
    public const double QuickShare = 0.65;

    /// <summary>The share of the allowed time that is planned; the rest is a reserve for what the trial did not show.</summary>
    private const double Margin = 0.9;

    /// <summary>Time of a step of the segmentation network, relative to one of the classification network.</summary>
    private const double SegmentationStep = 1.2;

    private const int SizeGrid = 32;
    private const double ShorterRun = 0.75, SmallerSize = 7.0 / 8;

    /// <summary>Ways to save time, the cheapest in accuracy first. Each returns its argument when it can save nothing more.</summary>
    private IEnumerable<Func<PipelineOptions, PipelineOptions>> Savings =>
    [
        LearnFromFewer, PredictAtOneScale, RefineLess, RefineLess, ClassifyShorter, LabelAtOneScale, WithoutMirror, SegmentShorter, Smaller, ClassifyShorter, Smaller,
        SegmentShorter, ClassifyShorter, Smaller, SegmentShorter, ClassifyShorter, Smaller, WithoutPredictionCrf, SegmentShorter, ClassifyShorter,
        Smaller, Smaller, SegmentShorter, ClassifyShorter, SegmentShorter, ClassifyShorter, WithoutLearntBackground,
    ];

    /// <summary>Makes the plan.</summary>
    /// <param name="request">What is asked for; its weights, method and seed are in the usual settings already.</param>
    /// <exception cref="RcaException">The minutes are too few for anything useful; the message says how many are needed.</exception>
    public Plan Choose(PlanRequest request)
    {
        PipelineOptions options = FitPictures();
        double allowed = Math.Min(request.Quick == true ? QuickShare * Seconds(options) : double.PositiveInfinity, Margin * 60 * (request.Minutes ?? double.PositiveInfinity));
        foreach (Func<PipelineOptions, PipelineOptions> save in Savings)
        {
            if (Seconds(options) <= allowed) break;
            options = save(options);
        }
        if (request.Minutes is { } minutes && Seconds(options) > Margin * 60 * minutes)
            throw new RcaException(string.Create(CultureInfo.InvariantCulture,
                $"{minutes} minutes are too few for anything useful: {counts.Train} pictures to learn from and {counts.Predicted} to predict take at least {Math.Ceiling(Seconds(options) / 60 / Margin)} minutes here. Allow as many, or take fewer pictures."));
        return new Plan(request, options, Stages(options), [.. Changes(options)]);
    }

    /// <summary>The seconds that each stage is expected to take.</summary>
    internal IReadOnlyList<StageTime> Stages(PipelineOptions options)
    {
        double label = Looking(options.Classification.Size, options.Labelling.Scales, options.Labelling.Flip) + (options.Labelling.Crf is null ? 0 : speed.FinishSeconds);
        double learn = options.Labelling.Background is not { } background ? 0
            : background.Rounds * Math.Min(background.Pictures, counts.Train) * (2 * Looking(options.Classification.Size, [1], flip: false) + (options.Labelling.Crf is null ? 0 : speed.FinishSeconds));
        double predict = Looking(options.Segmentation.Size, options.Prediction.Scales, options.Prediction.Flip) + (options.Prediction.Crf is null ? 0 : speed.FinishSeconds);
        double judging = ClassificationRun.Judgements(options.Classification.Epochs) * counts.Val * Looking(options.Classification.Size, [1], flip: false);
        int shown = Math.Min(ExampleBuilder.DefaultCount, counts.Train + counts.Val + counts.Test);
        StageTime[] stages =
        [
            new(Pipeline.Train, Learning(options.Classification) + judging),
            new(Pipeline.Label, learn + counts.Train * label),
            new(Pipeline.Segment, Learning(options.Segmentation) * SegmentationStep),
            .. Enumerable.Range(1, options.Refinements).SelectMany(refinement => (StageTime[])
            [
                new(Pipeline.Refine(refinement), counts.Train * predict), new(Pipeline.SegmentAgain(refinement), Learning(options.Segmentation) * SegmentationStep),
            ]),
            .. Pipeline.Parts(counts).Select(part => new StageTime(Pipeline.Predict(part.Name), part.Count * predict)),
            new(Pipeline.Report, shown * (2 * label + predict)),
        ];
        return [.. stages.Select(static stage => stage with { Seconds = Math.Round(stage.Seconds, 1) })];
    }

    private double Seconds(PipelineOptions options) => Stages(options).Sum(static stage => stage.Seconds);

    private double Learning(TrainingOptions options)
    {
        double pixels = 1 - options.StartShare * (1 - options.StartScale * options.StartScale); // of the full square, on average
        return (double)counts.Train * options.Epochs * Megapixels(options.Size) * pixels * speed.StepSeconds;
    }

    private double Looking(int size, IReadOnlyList<double> scales, bool flip) =>
        Megapixels(size) * scales.Sum(static scale => scale * scale) * (flip ? 2 : 1) * speed.LookSeconds;

    private static double Megapixels(int size) => size * (double)size / 1e6;

    /// <summary>The usual settings for this number and size of pictures, regardless of time.</summary>
    private PipelineOptions FitPictures()
    {
        // Enlarged to more than twice their size, pictures cost time and show nothing new.
        int size = Math.Max(Fit(LeastSize), Fit(2 * counts.LongerSide));
        PipelineOptions fitted = WithEpochs(usual, EpochsFor(usual.Classification), EpochsFor(usual.Segmentation));
        return WithSizes(fitted, Math.Min(size, usual.Classification.Size), Math.Min(size, usual.Segmentation.Size));
    }

    private int EpochsFor(TrainingOptions options)
    {
        int steps = StepsPerEpoch(options);
        int least = (UsualSteps + steps - 1) / steps, most = Math.Max(FewestEpochs, MostSteps / steps);
        return Math.Min(10_000, Math.Max(least, Math.Min(options.Epochs, most)));
    }

    private int StepsPerEpoch(TrainingOptions options) => Math.Max(1, counts.Train / options.BatchSize);

    private int Shorter(TrainingOptions options)
    {
        int steps = StepsPerEpoch(options);
        int least = Math.Max(FewestEpochs, (LeastSteps + steps - 1) / steps);
        return Math.Min(options.Epochs, Math.Max(least, (int)(options.Epochs * ShorterRun)));
    }

    private static PipelineOptions WithEpochs(PipelineOptions options, int classification, int segmentation)
    {
        ClassificationOptions tags = options.Classification;
        int contrastStart = tags.Contrast ? Math.Min(tags.ContrastStart, classification / FewestEpochs) : tags.ContrastStart;
        return options with { Classification = tags with { Epochs = classification, ContrastStart = contrastStart }, Segmentation = options.Segmentation with { Epochs = segmentation } };
    }

    private static PipelineOptions WithSizes(PipelineOptions options, int classification, int segmentation) => options with
    {
        Classification = options.Classification with { Size = classification },
        Segmentation = options.Segmentation with { Size = segmentation },
    };

    private PipelineOptions ClassifyShorter(PipelineOptions options) => WithEpochs(options, Shorter(options.Classification), options.Segmentation.Epochs);

    private PipelineOptions SegmentShorter(PipelineOptions options) => WithEpochs(options, options.Classification.Epochs, Shorter(options.Segmentation));

    private PipelineOptions Smaller(PipelineOptions options) => WithSizes(options, SmallerThan(options.Classification.Size), SmallerThan(options.Segmentation.Size));

    private int SmallerThan(int size) => Math.Min(size, Math.Max(Fit(LeastSize), Fit((int)(size * SmallerSize))));

    /// <summary>Whole cells of the features' grid, or of the backbone's patches.</summary>
    private int Fit(int size)
    {
        int multiple = Backbone.Describe(usual.Classification.Backbone).PictureMultiple is > 1 and var patch ? patch : SizeGrid;
        return size / multiple * multiple;
    }

    private static PipelineOptions PredictAtOneScale(PipelineOptions options) => options with { Prediction = options.Prediction with { Scales = [1] } };

    private static PipelineOptions LabelAtOneScale(PipelineOptions options) => options with { Labelling = options.Labelling with { Scales = [1] } };

    private static PipelineOptions WithoutMirror(PipelineOptions options) =>
        options with { Labelling = options.Labelling with { Flip = false }, Prediction = options.Prediction with { Flip = false } };

    /// <summary>Background is learnt from 150 photographs about as well as from 500.</summary>
    private static PipelineOptions LearnFromFewer(PipelineOptions options) => options.Labelling.Background is not { } background ? options
        : options with { Labelling = options.Labelling with { Background = background with { Pictures = Math.Min(background.Pictures, 150) } } };

    private static PipelineOptions WithoutLearntBackground(PipelineOptions options) => options with { Labelling = options.Labelling with { Background = null } };

    private static PipelineOptions RefineLess(PipelineOptions options) => options with { Refinements = Math.Max(0, options.Refinements - 1) };

    private static PipelineOptions WithoutPredictionCrf(PipelineOptions options) => options with { Prediction = options.Prediction with { Crf = null } };

    private IEnumerable<string> Changes(PipelineOptions options)
    {
        var before = SettingOverrides.List(usual).ToDictionary();
        foreach (var (name, value) in SettingOverrides.List(options))
            if (before.GetValueOrDefault(name) is var usually && usually != value) yield return $"{name}: {value}{(usually is null ? "" : $" instead of {usually}")}";
    }
}
