namespace Rca.Reporting;

/// <summary>Something to do next.</summary>
/// <param name="Title">What was found, in a few words.</param>
/// <param name="Text">What it means and what to do.</param>
/// <param name="Command">A command to type, or null.</param>
public sealed record Advice(string Title, string Text, string? Command = null);
