using System.Runtime.InteropServices;

namespace Rca.Torch;

/// <summary>Finds and checks libtorch, and holds the settings of the whole process.</summary>
public static unsafe partial class TorchRuntime
{
    private const string ShimFile = "librca_torch.so";
    private const string ProcessorFile = "/proc/cpuinfo";
    private const int MallocTrimThreshold = -1;
    private const int MallocMmapThreshold = -3;
    private static readonly Lock Gate = new();
    private static readonly Lazy<(bool Fast, bool Halved)> BFloat16 = new(static () => ReadBFloat16(File.Exists(ProcessorFile) ? File.ReadLines(ProcessorFile) : []));
    private static nint _shim;
    private static bool _threadsChosen = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));

    /// <summary>libtorch's version, for example <c>1.13.0</c>.</summary>
    public static string Version
    {
        get
        {
            Initialize();
            return Marshal.PtrToStringUTF8(Native.rt_torch_version()) ?? "unknown";
        }
    }

    /// <summary>Where the shim was loaded from.</summary>
    public static string LibraryPath => Path.Combine(AppContext.BaseDirectory, ShimFile);

    /// <summary>True where this libtorch has CUDA and a device answers.</summary>
    public static bool CudaAvailable
    {
        get
        {
            Initialize();
            return Native.rt_cuda_available() != 0;
        }
    }

    /// <summary>Threads that operators use on the processor.</summary>
    public static int Threads
    {
        get
        {
            Initialize();
            return Native.rt_get_num_threads();
        }
    }

    /// <summary>
    /// Whether the number of threads was chosen: by OMP_NUM_THREADS, by <see cref="Initialize"/>, or by asking for <see cref="Deterministic"/>
    /// results, which depend on it. Else it may follow the load of the machine.
    /// </summary>
    public static bool ThreadsAreChosen
    {
        get
        {
            lock (Gate) return _threadsChosen || Deterministic;
        }
    }

    /// <summary>True where this processor multiplies bfloat16 in hardware, so that mixed precision pays.</summary>
    public static bool HasFastBFloat16 => BFloat16.Value.Fast;

    /// <summary>True where it takes each vector of bfloat16 in two halves (AMD's Zen 4): networks that save products in float32 gain nothing by it.</summary>
    public static bool HasHalvedBFloat16 => BFloat16.Value.Halved;

    /// <summary>
    /// Loads libtorch, checks that the shim fits it, and sets the thread count. Later calls only change the thread count. A count that is given
    /// here stays (<see cref="ThreadsAreChosen"/>).
    /// </summary>
    /// <param name="threads">Threads for operators, at least 1; null keeps the current count, which starts as one for each processor.</param>
    /// <exception cref="TorchLoadException">libtorch or the shim is missing, or they do not fit together.</exception>
    public static void Initialize(int? threads = null)
    {
        if (threads is < 1) throw new ArgumentOutOfRangeException(nameof(threads), threads, "At least one thread is needed.");
        lock (Gate)
        {
            bool first = _shim == 0;
            LoadShim();
            _threadsChosen |= threads is not null;
            if (first) threads ??= DefaultThreads();
            if (threads is { } count) SetThreads(count);
        }
    }

    /// <summary>Changes the number of threads, unless it was chosen (<see cref="ThreadsAreChosen"/>). To be called by the thread that runs the operators, between two of them.</summary>
    /// <param name="threads">At least 1.</param>
    public static void SuggestThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        lock (Gate)
            if (!ThreadsAreChosen && threads != Threads) SetThreads(threads);
    }

    /// <summary>libtorch's own account of how it was built and which thread pools it uses.</summary>
    public static string Describe()
    {
        Initialize();
        return Native.Text(static (buffer, capacity) => Native.rt_describe((byte*)buffer, capacity));
    }

    /// <summary>Seeds libtorch's generators on all devices.</summary>
    public static void Seed(ulong seed)
    {
        Initialize();
        Native.Check(Native.rt_manual_seed(seed), "seeding");
    }

    /// <summary>
    /// Whether the process computes so that the same inputs give the same bits, with the same libtorch on the same device and as many threads.
    /// While it is on, operators that have no such way fail.
    /// </summary>
    public static bool Deterministic
    {
        get
        {
            Initialize();
            return Native.rt_deterministic() != 0;
        }
        set
        {
            Initialize();
            if (value)
            {
                setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0); // read when a first product runs on CUDA
                SuggestThreads(DefaultThreads()); // the load of the machine has no say from here on
            }
            Native.Check(Native.rt_set_deterministic(value ? 1 : 0), "choosing deterministic algorithms");
        }
    }

    internal static nint LoadShim()
    {
        lock (Gate)
        {
            if (_shim != 0) return _shim;
            PrepareEnvironment();
            PreloadLibtorch(Environment.GetEnvironmentVariable("LIBTORCH"));
            return _shim = OpenShim(LibraryPath);
        }
    }

    internal static nint OpenShim(string path)
    {
        if (!File.Exists(path))
            throw new TorchLoadException($"The native shim {path} is missing. Build the program again ('dotnet build'): CMake makes the shim from src/Rca.Torch/Native.");
        if (!NativeLibrary.TryLoad(path, out nint handle))
            throw new TorchLoadException($"libtorch does not load. {LoaderMessage(path)} Install it with 'apt-get install libtorch-dev', or set LIBTORCH to an unzipped libtorch; then build again, since the shim is made for one libtorch.");
        int found = NativeLibrary.TryGetExport(handle, "rt_shim_version", out nint function) ? ((delegate* unmanaged<int>)function)() : 0;
        if (found != Native.ShimVersion)
            throw new TorchLoadException($"The native shim {path} has version {found}, but this program needs {Native.ShimVersion}. Build the program again ('dotnet build').");
        return handle;
    }

    /// <summary>
    /// Settings that native libraries read once, when they load. .NET's own environment variables never reach them, hence setenv.
    /// Variables that the user has set stay.
    /// </summary>
    private static void PrepareEnvironment()
    {
        // Threads that sleep between two operators of a step wake up too late; threads that spin without end ruin a busy machine.
        // A bounded spin (about a millisecond) bridges the gaps inside a step and no more.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) setenv("GOMP_SPINCOUNT", "100000", 0);
        // Activations of tens of megabytes come and go with each step. Kept in the heap they cost nothing;
        // handed back to the kernel each time, every page of theirs faults again.
        mallopt(MallocMmapThreshold, 32 << 20);
        mallopt(MallocTrimThreshold, int.MaxValue);
    }

    /// <summary>A libtorch named by LIBTORCH is loaded first: the shim's own dependencies then bind to it by their sonames.</summary>
    internal static void PreloadLibtorch(string? root)
    {
        if (string.IsNullOrEmpty(root)) return;
        string folder = Path.Combine(root, "lib");
        if (!Directory.Exists(folder))
            throw new TorchLoadException($"LIBTORCH is {root}, but {folder} does not exist. Set LIBTORCH to an unzipped libtorch or to the torch folder of a Python installation, or unset it.");
        foreach (string name in (string[])["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"])
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path) && !NativeLibrary.TryLoad(path, out _))
                throw new TorchLoadException($"LIBTORCH is {root}, but {path} does not load here. {LoaderMessage(path)}");
        }
    }

    internal static string LoaderMessage(string path)
    {
        try
        {
            NativeLibrary.Load(path);
            return "";
        }
        catch (DllNotFoundException e)
        {
            return $"The loader says: {e.Message.ReplaceLineEndings(" ").Trim()}";
        }
    }

    private static void SetThreads(int count) => Native.Check(Native.rt_set_num_threads(count), "setting the number of threads");

    private static int DefaultThreads() =>
        int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), out int count) && count > 0 ? count : Environment.ProcessorCount;

    /// <summary>What the lines of /proc/cpuinfo say of bfloat16; those of the first processor count.</summary>
    internal static (bool Fast, bool Halved) ReadBFloat16(IEnumerable<string> lines)
    {
        var fields = new Dictionary<string, string>();
        foreach (string line in lines.TakeWhile(static line => line.Length > 0))
            if (line.Split(':', 2, StringSplitOptions.TrimEntries) is [var name, var value]) fields[name] = value;
        string[] flags = fields.GetValueOrDefault("flags", "").Split(' ');
        bool vectors = flags.Contains("avx512_bf16"), zen4 = fields.GetValueOrDefault("vendor_id") == "AuthenticAMD" && fields.GetValueOrDefault("cpu family") == "25";
        return (vectors || flags.Contains("amx_bf16"), vectors && zen4);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int setenv(string name, string value, int overwrite);
    [LibraryImport("libc")] private static partial int mallopt(int parameter, int value);
}
