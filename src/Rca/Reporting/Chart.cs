namespace Rca.Reporting;

/// <summary>A small line chart over epochs.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Curves">Its lines; about four can be told apart.</param>
/// <param name="Across">What it is over, where not over epochs.</param>
/// <param name="Places">The texts to show instead of epoch 1, 2 and so on; null for the numbers.</param>
public sealed record Chart(string Title, IReadOnlyList<Curve> Curves, string Across = "epoch", IReadOnlyList<string>? Places = null);

/// <summary>A series over epochs.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Ascending in the epoch.</param>
public sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points);

/// <summary>A value at an epoch.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Value">The value; one that is not finite leaves a gap in the line.</param>
public readonly record struct CurvePoint(int Epoch, double Value);
