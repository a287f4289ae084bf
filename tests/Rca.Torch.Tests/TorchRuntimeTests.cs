namespace Rca.Torch.Tests;

public class TorchRuntimeTests
{
    [Fact]
    public void Threads_are_set_and_hold_on_every_thread()
    {
        int before = TorchRuntime.Threads;
        TorchRuntime.Initialize(threads: before + 1);
        int elsewhere = 0;
        var thread = new Thread(() => elsewhere = TorchRuntime.Threads);
        thread.Start();
        thread.Join();
        Assert.Equal(before + 1, TorchRuntime.Threads);
        Assert.Equal(before + 1, elsewhere);
        TorchRuntime.Initialize();
        Assert.Equal(before + 1, TorchRuntime.Threads);
        Assert.True(TorchRuntime.ThreadsAreChosen);
        TorchRuntime.SuggestThreads(before);
        Assert.Equal(before + 1, TorchRuntime.Threads);
        TorchRuntime.Initialize(before);
        Assert.Equal(before, TorchRuntime.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(static () => TorchRuntime.Initialize(threads: 0));
        Assert.Throws<ArgumentOutOfRangeException>(static () => TorchRuntime.SuggestThreads(0));
    }

    [Fact]
    public void A_seed_reproduces()
    {
        Assert.Equal(Draw(5), Draw(5));
        Assert.NotEqual(Draw(5), Draw(6));

        static float[] Draw(ulong seed)
        {
            using var scope = new TensorScope();
            TorchRuntime.Seed(seed);
            Tensor normal = Tensor.Zeros([8]), uniform = Tensor.Zeros([8]);
            normal.Normal_(0, 1);
            uniform.Uniform_(-1, 1);
            return [.. normal.ToArray<float>(), .. uniform.ToArray<float>()];
        }
    }

    [Fact]
    public void It_tells_what_it_runs_on()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+$", TorchRuntime.Version);
        Assert.Contains("ATen", TorchRuntime.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_are_parsed()
    {
        Assert.Equal(Device.Cpu, Device.Parse("cpu"));
        Assert.Equal(TorchRuntime.CudaAvailable ? Device.Cuda() : Device.Cpu, Device.Parse("auto"));
        Assert.Equal("cuda:3", Device.Cuda(3).ToString());
        Assert.Equal("cpu", Device.Cpu.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("CPU")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:128")]
    [InlineData("cuda:99999999999")]
    [InlineData("cuda1")]
    public void Unknown_devices_are_refused_with_those_that_exist(string text) =>
        Assert.Contains("Use auto, cpu, cuda or cuda:N", Assert.Throws<TorchException>(() => Device.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Cuda_on_a_libtorch_without_it_says_what_to_do()
    {
        Assert.SkipWhen(TorchRuntime.CudaAvailable, "This libtorch has CUDA.");
        Assert.Contains("LIBTORCH", Assert.Throws<TorchException>(static () => Device.Parse("cuda")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shim_says_to_build() =>
        Assert.Contains("dotnet build", Assert.Throws<TorchLoadException>(static () => TorchRuntime.OpenShim("/nowhere/librca_torch.so")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_shim_of_another_version_says_to_build()
    {
        // libc has none of the shim's functions: that is version 0.
        string libc = File.ReadLines("/proc/self/maps").Select(static line => line.Split(' ')[^1]).First(static path => path.Contains("/libc.so", StringComparison.Ordinal));
        string message = Assert.Throws<TorchLoadException>(() => TorchRuntime.OpenShim(libc)).Message;
        Assert.Contains("version 0", message, StringComparison.Ordinal);
        Assert.Contains("dotnet build", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shim_that_does_not_load_says_what_the_loader_said_and_what_to_install()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("librca_torch.so"), "this is not a library");
        string message = Assert.Throws<TorchLoadException>(() => TorchRuntime.OpenShim(folder.File("librca_torch.so"))).Message;
        Assert.Contains("The loader says", message, StringComparison.Ordinal);
        Assert.Contains("apt-get install libtorch-dev", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_LIBTORCH_that_is_none_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("does not exist", Assert.Throws<TorchLoadException>(() => TorchRuntime.PreloadLibtorch(folder.Path)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(folder.File("lib"));
        File.WriteAllText(folder.File("lib/libc10.so"), "this is not a library");
        Assert.Contains("does not load", Assert.Throws<TorchLoadException>(() => TorchRuntime.PreloadLibtorch(folder.Path)).Message, StringComparison.Ordinal);
        TorchRuntime.PreloadLibtorch(null);
        TorchRuntime.PreloadLibtorch("");
    }

    [Theory]
    [InlineData("AuthenticAMD", "25", "avx512f avx512_bf16", true, true)] // Zen 4
    [InlineData("AuthenticAMD", "25", "avx2 fma", false, false)] // Zen 3
    [InlineData("AuthenticAMD", "26", "avx512f avx512_bf16", true, false)] // Zen 5
    [InlineData("GenuineIntel", "6", "avx512_bf16 amx_bf16", true, false)]
    [InlineData("GenuineIntel", "6", "avx512_bf16x", false, false)]
    public void The_system_says_how_fast_bfloat16_is(string vendor, string family, string flags, bool fast, bool halved) => Assert.Equal(
        (fast, halved), TorchRuntime.ReadBFloat16([$"vendor_id\t: {vendor}", $"cpu family\t: {family}", "model name\t: a: b", $"flags\t\t: fpu {flags} sse", "", "flags\t\t: amx_bf16"]));

    [Fact]
    public void Without_a_word_of_the_system_it_is_slow() => Assert.Equal((false, false), TorchRuntime.ReadBFloat16([]));
}
