namespace Rca.Cli;

/// <summary>The exit codes of the program.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The data or a file that the user named cannot be used.</summary>
    public const int BadInput = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The machine lacks something (libtorch, for example), or the program has a defect.</summary>
    public const int Environment = 3;

    /// <summary>Stopped by Ctrl-C or a termination signal.</summary>
    public const int Cancelled = 130;
}
