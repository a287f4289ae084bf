using Rca.Runs;

namespace Rca.Demo;

/// <summary>What the demonstration achieved; the content of <c>summary.json</c>. IoU figures are 0 to 1.</summary>
/// <param name="MapsMiou">Activation maps of the train pictures against their true masks, before the CRF.</param>
/// <param name="PseudoLabelMiou">Pseudo labels of the train pictures.</param>
/// <param name="SegmentationValMiou">Predictions on new scenes of known objects.</param>
/// <param name="SegmentationTestMiou">Predictions on scenes of objects never seen.</param>
/// <param name="Seconds">Time of each stage of this start, in order.</param>
/// <param name="Versions">What computed it.</param>
/// <param name="CommandLine">What was typed.</param>
public sealed record DemoSummary(
    double MapsMiou, double PseudoLabelMiou, double SegmentationValMiou, double SegmentationTestMiou,
    IReadOnlyDictionary<string, double> Seconds, RunVersions Versions, string CommandLine);
