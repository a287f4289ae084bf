namespace Rca.Cli.Doctor;

/// <summary>How good a <see cref="Finding"/> is.</summary>
internal enum FindingStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Training runs, but slowly, or something optional is absent.</summary>
    Warning,

    /// <summary>Training cannot run.</summary>
    Missing,
}

/// <summary>One thing found on this machine.</summary>
/// <param name="Topic">What was examined.</param>
/// <param name="Status">How good it is.</param>
/// <param name="Found">What was found.</param>
/// <param name="Mend">What to do about it; null where nothing is to be done.</param>
internal sealed record Finding(string Topic, FindingStatus Status, string Found, string? Mend = null)
{
    public static Finding Ok(string topic, string found) => new(topic, FindingStatus.Ok, found);

    public static Finding Warning(string topic, string found, string mend) => new(topic, FindingStatus.Warning, found, mend);

    public static Finding Missing(string topic, string found, string mend) => new(topic, FindingStatus.Missing, found, mend);
}
