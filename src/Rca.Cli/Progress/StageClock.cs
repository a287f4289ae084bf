using System.Globalization;
using Rca.Progress;

namespace Rca.Cli.Progress;

/// <summary>Measures one stage and says how long the rest will take.</summary>
internal sealed class StageClock(StageProgress first, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private readonly long _doneBefore = first.Done;

    /// <summary>The newest report.</summary>
    public StageProgress Latest { get; set; } = first;

    public string Stage => Latest.Stage;

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Time left at the pace so far; null before anything is done. What an earlier start did does not count for the pace.</summary>
    public TimeSpan? Left
    {
        get
        {
            var done = Latest.Done - _doneBefore;
            return done > 0 && Latest.Total > 0 ? Elapsed * ((double)Math.Max(0, Latest.Total - Latest.Done) / done) : null;
        }
    }

    /// <summary>Measures all stages together, in thousandths, if the work reports their progress.</summary>
    public static void Follow(ref StageClock? whole, StageProgress value, TimeProvider time)
    {
        if (value.Whole is not { } share)
            return;
        var progress = new StageProgress("All stages", (long)(1000 * share), 1000);
        whole ??= new StageClock(progress, time);
        whole.Latest = progress;
    }

    /// <summary><c>12/100</c>, or <c>12</c> where the end is not known.</summary>
    public string Count => Latest.Total > 0 ? $"{Latest.Done}/{Latest.Total}" : $"{Latest.Done}";

    /// <summary><c>1:02:03</c> or <c>2:03</c>.</summary>
    public static string Text(TimeSpan time) =>
        time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
