using Rca.Classification;
using Rca.Data;
using Rca.Labelling;
using Rca.Segmentation;

namespace Rca.Demo;

/// <summary>Settings of all stages of the demonstration.</summary>
/// <param name="Scenes">The sample set.</param>
/// <param name="Classification">The classification network.</param>
/// <param name="Labelling">The pseudo labels.</param>
/// <param name="Segmentation">The segmentation network; backbone and width are the classification network's.</param>
/// <param name="Prediction">Prediction on new scenes.</param>
public sealed record DemoOptions(
    SampleScenesOptions Scenes,
    ClassificationOptions Classification,
    LabellingOptions Labelling,
    SegmentationOptions Segmentation,
    PredictionOptions Prediction);
