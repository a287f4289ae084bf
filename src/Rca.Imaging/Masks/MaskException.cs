namespace Rca.Imaging.Masks;

/// <summary>A polygon or run-length mask that cannot be used. The message says what was found and what was expected.</summary>
public sealed class MaskException(string message) : Exception(message);
