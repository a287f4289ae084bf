using Rca.Computing;
using Rca.Training;

namespace Rca.Benchmarks;

/// <summary>All figures, and what they were measured on.</summary>
/// <param name="Versions">Programs, device and precision.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Blas">The library that multiplies matrices.</param>
/// <param name="Threads">Threads of libtorch's operators on the processor.</param>
/// <param name="LoadBefore">Average number of programs running or ready to run in the minute before the start; null if the system does not tell.</param>
/// <param name="Rows">The figures.</param>
/// <param name="PeakMemoryBytes">Most memory that the process had resident.</param>
/// <param name="Seconds">Time that all took.</param>
public sealed record BenchmarkReport(
    RunVersions Versions, MachineDescription Machine, string Blas, int Threads, double? LoadBefore, IReadOnlyList<BenchmarkRow> Rows, long PeakMemoryBytes, double Seconds);
