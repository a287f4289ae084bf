using System.Runtime.InteropServices;
using Rca.Cli;

using var stop = new CancellationTokenSource();
// The first signal asks the command to end in order; a second one, now unhandled, ends the process.
void Stop(PosixSignalContext signal)
{
    if (stop.IsCancellationRequested)
        return;
    signal.Cancel = true;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop); // a program under nohup never gets it
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await Application.RunAsync(args, Terminal.OfProcess(), stop.Token);
