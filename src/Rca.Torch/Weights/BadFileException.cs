namespace Rca.Torch;

/// <summary>What is wrong with a file, thrown where its path is not known; the code that opened the file adds the path.</summary>
internal sealed class BadFileException(string problem) : Exception(problem);
