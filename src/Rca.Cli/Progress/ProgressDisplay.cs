using Rca.Progress;
using Spectre.Console;

namespace Rca.Cli.Progress;

/// <summary>Shows the progress of some work on stderr: moving bars on a terminal, otherwise a line now and then.</summary>
internal static class ProgressDisplay
{
    /// <summary>Does <paramref name="work"/>, which may report from any thread.</summary>
    public static T Run<T>(Terminal terminal, TimeProvider time, Func<IProgress<StageProgress>, T> work)
    {
        if (!terminal.ErrorIsTerminal)
            return work(new PlainProgress(terminal.Error, time));
        var progress = new BarProgress(time);
        return terminal.ErrorConsole().Progress().Columns(progress.Columns).Start(context =>
        {
            progress.DrawOn(context);
            var result = work(progress);
            progress.Finish();
            return result;
        });
    }
}
