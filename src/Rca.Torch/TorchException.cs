namespace Rca.Torch;

/// <summary>Anything that went wrong in libtorch or on the way to it. The message says what the program was doing.</summary>
public class TorchException : Exception
{
    /// <summary>Makes the error.</summary>
    public TorchException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>libtorch or the shim is missing or does not fit; the message says how to mend it.</summary>
public sealed class TorchLoadException(string message, Exception? inner = null) : TorchException(message, inner);

/// <summary>An operator refused its arguments or failed.</summary>
public sealed class OperatorException : TorchException
{
    /// <summary>Makes the error of the operator <paramref name="name"/>.</summary>
    public OperatorException(string name, string problem) : base($"{name}: {problem}") => Operator = name;

    /// <summary>The operator's name, for example <c>aten::conv2d</c>.</summary>
    public string Operator { get; }
}

/// <summary>A weight file that cannot be used: which file, what was found and what was expected.</summary>
public sealed class WeightFileException : TorchException
{
    /// <summary>Makes the error of the file <paramref name="path"/>. The problem may quote the file: it is cut at 2,000 characters and loses control characters.</summary>
    public WeightFileException(string path, string problem, Exception? inner = null) : base($"{(path.Length > 0 ? path : "''")}: {PickleValues.Shortened(problem, 2000)}", inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}

/// <summary>Weights whose names or shapes do not fit a model; the message is a table of the differences.</summary>
public sealed class StateMismatchException : TorchException
{
    /// <summary>Makes the error from its message alone.</summary>
    public StateMismatchException(string message) : base(message)
    {
    }

    /// <summary>Makes the error of the module <paramref name="module"/>.</summary>
    public StateMismatchException(string module, IReadOnlyList<StateDifference> differences)
        : base($"The weights do not fit {module}:{StateDifference.Table(differences)}") => Differences = differences;

    /// <summary>The names that differ, where they are known one by one.</summary>
    public IReadOnlyList<StateDifference> Differences { get; } = [];
}
