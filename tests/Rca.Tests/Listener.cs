using Rca.Progress;

namespace Rca.Tests;

/// <summary>Passes on every report at once, on the thread that made it.</summary>
internal sealed class Listener(Action<StageProgress> hear) : IProgress<StageProgress>
{
    public void Report(StageProgress value) => hear(value);
}
