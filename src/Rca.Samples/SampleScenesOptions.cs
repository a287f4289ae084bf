namespace Rca.Samples;

/// <summary>What the sample set is made of. The same options give the same files, byte for byte.</summary>
public sealed record SampleScenesOptions
{
    /// <summary>The stamp folder of Debian's <c>tuxpaint-stamps-default</c>: see <see cref="StampLibrary"/>.</summary>
    public required string StampFolder { get; init; }

    /// <summary>The folder of background photographs (JPEG, PNG): <c>nature</c> of Debian's <c>mate-backgrounds</c>.</summary>
    public required string BackgroundFolder { get; init; }

    /// <summary>Scenes to learn from, 1 to 1,000,000. Default 1,000.</summary>
    public int Train { get; init; } = 1000;

    /// <summary>New scenes of the stamps of the train split, 0 to 1,000,000. Default 200.</summary>
    public int Val { get; init; } = 200;

    /// <summary>Scenes of stamps that no other split shows, 0 to 1,000,000. Default 200.</summary>
    public int Test { get; init; } = 200;

    /// <summary>Width and height of a scene in pixels, 32 to 2,048. Default 160.</summary>
    public int Size { get; init; } = 160;

    /// <summary>Seed of all choices. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Scenes made at a time, at least 1; does not change the result. Default: the number of processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The defaults, with the pictures from where the set-up script unpacks the two Debian packages.</summary>
    /// <param name="cache">The set-up script's cache folder.</param>
    public static SampleScenesOptions FromCache(string cache)
    {
        var share = Path.Combine(cache, "pictures", "usr", "share");
        return new SampleScenesOptions
        {
            StampFolder = Path.Combine(share, "tuxpaint", "stamps"),
            BackgroundFolder = Path.Combine(share, "backgrounds", "mate", "nature"),
        };
    }

    /// <summary>Throws where values are out of range, all of them in one message.</summary>
    /// <exception cref="RcaException">At least one value is out of range.</exception>
    public void Validate()
    {
        const int MaxScenes = 1_000_000;
        List<string> mistakes = [];
        Check("train", Train, 1, MaxScenes);
        Check("val", Val, 0, MaxScenes);
        Check("test", Test, 0, MaxScenes);
        Check("size", Size, 32, 2048);
        Check("threads", Threads, 1, 1024);
        if (mistakes.Count > 0)
            throw new RcaException("Sample scenes: " + string.Join("; ", mistakes) + ".");

        void Check(string name, int value, int least, int most)
        {
            if (value < least || value > most)
                mistakes.Add($"{name} is {value}, expected {least} to {most}");
        }
    }
}
