using Rca.Cli.Doctor;
using Rca.Computing;

namespace Rca.Cli.Tests;

public sealed class DoctorTests
{
    [Fact]
    public void The_exit_code_says_whether_training_can_run()
    {
        var result = Cli.Run("doctor", "--json");

        var findings = result.Json.GetProperty("findings").EnumerateArray().ToList();
        var missing = findings.Any(finding => finding.GetProperty("status").GetString() == "missing");
        Assert.Equal(!missing, result.Json.GetProperty("ready").GetBoolean());
        Assert.Equal(missing ? ExitCode.Environment : ExitCode.Ok, result.Code);
        foreach (var topic in (string[])["system", ".NET", "processor", "memory", "disk", "libtorch", "own operators", "libturbojpeg", "libspng", "sample pictures"])
            Assert.Contains(findings, finding => finding.GetProperty("topic").GetString() == topic);
    }

    [Fact]
    public void Whatever_is_not_ok_comes_with_a_way_to_mend_it()
    {
        var findings = Cli.Run("doctor", "--json").Json.GetProperty("findings").EnumerateArray();

        Assert.All(findings, finding => Assert.Equal(
            finding.GetProperty("status").GetString() == "ok", finding.GetProperty("mend").ValueKind == System.Text.Json.JsonValueKind.Null));
    }

    [Fact]
    public void The_report_ends_with_a_verdict() =>
        Assert.Matches("Training can(not)? run", Cli.Run("doctor").Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);

    [Theory]
    [InlineData(nameof(FindingStatus.Ok), "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblasp-r0.3.21.so", "generic")]
    [InlineData(nameof(FindingStatus.Ok), "/opt/libtorch/lib/libopenblas.so.0", "open")]
    [InlineData(nameof(FindingStatus.Ok), "/opt/intel/libmkl_core.so.2", "mkl")]
    [InlineData(nameof(FindingStatus.Ok), "/opt/libtorch/lib/libtorch_cpu.so", "mkl")]
    [InlineData(nameof(FindingStatus.Warning), "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so", "generic")]
    [InlineData(nameof(FindingStatus.Warning), "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas-r0.3.21.so", "generic")]
    [InlineData(nameof(FindingStatus.Warning), "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", "generic")]
    [InlineData(nameof(FindingStatus.Warning), "/usr/lib/x86_64-linux-gnu/libtorch_cpu.so.1.13.0", "generic")]
    public void A_slow_BLAS_is_a_warning(string status, string library, string builtIn) =>
        Assert.Equal(Enum.Parse<FindingStatus>(status), BlasFindings.Library(BlasLibrary.Find([library], builtIn)).Status);

    [Theory]
    [InlineData(1, "Haswell", true, "/usr/lib/openblas-openmp/libopenblasp-r0.3.21.so")]
    [InlineData(0, "Haswell", false, "/usr/lib/openblas-openmp/libopenblasp-r0.3.21.so")]
    [InlineData(0, "SkylakeX", true, "/usr/lib/openblas-openmp/libopenblasp-r0.3.21.so")]
    [InlineData(0, null, true, "/usr/lib/openblas-openmp/libopenblasp-r0.3.21.so")]
    [InlineData(0, "Haswell", true, "/opt/intel/libmkl_core.so.2")]
    public void Pinned_kernels_are_a_warning_where_they_cost_speed(int warnings, string? coreType, bool hasAvx512, string library) =>
        Assert.Equal(warnings, BlasFindings.KernelPin([library], coreType, hasAvx512).Count());

    [Theory]
    [InlineData(nameof(FindingStatus.Ok), null)]
    [InlineData(nameof(FindingStatus.Warning), "librca_kernels.so does not exist.")]
    public void Own_operators_may_be_absent(string status, string? problem) =>
        Assert.Equal(Enum.Parse<FindingStatus>(status), TorchFindings.KernelLibrary(problem).Status);

    [Theory]
    [InlineData(nameof(FindingStatus.Ok), 8)]
    [InlineData(nameof(FindingStatus.Warning), 1)]
    public void Idle_processors_are_a_warning(string status, int threads) =>
        Assert.Equal(Enum.Parse<FindingStatus>(status), TorchFindings.Threads(threads, processors: 8).Status);
}
