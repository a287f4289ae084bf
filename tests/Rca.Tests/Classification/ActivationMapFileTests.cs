using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Rca.Classification;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class ActivationMapFileTests
{
    private static readonly ActivationMap Map = new(3, 2, [0, 2], [0, 0.2f, 0.4f, 0.6f, 0.8f, 1, 1, 0.5f, 0.25f, 0.125f, 0.001f, 0]);
    private static readonly string[] Classes = ["bird", "cat", "traffic/light"];

    /// <summary>The system's own, which Debian's python3-numpy belongs to, before any other.</summary>
    private static readonly string Interpreter = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    [Fact]
    public void AFileHoldsTheBytesOfEachTaggedClass()
    {
        using var folder = new TemporaryFolder();
        ActivationMapFile.Write(folder.At("a.npz"), Map, Classes);
        using ZipArchive archive = ZipFile.OpenRead(folder.At("a.npz"));
        Assert.Equal(["bird.npy", "traffic_light.npy"], archive.Entries.Select(static e => e.FullName));
        for (int t = 0; t < 2; t++)
        {
            using var content = new MemoryStream();
            using (Stream stream = archive.Entries[t].Open()) stream.CopyTo(content);
            byte[] bytes = content.ToArray();
            int header = 10 + bytes[8] + 256 * bytes[9];
            Assert.Equal(0, header % 64);
            Assert.Contains("'shape': (2, 3)", Encoding.ASCII.GetString(bytes, 10, header - 10));
            for (int i = 0; i < 6; i++) Assert.Equal(Map[t][i], bytes[header + i] / 255f, 1 / 510f + 1e-6f); // rounded to 8 bits
        }
        Assert.Equal(["a.npz"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void MapsComeBackAndLackingOnesAreNamed()
    {
        using var folder = new TemporaryFolder();
        ActivationMapFile.Write(folder.At("a.npz"), Map, Classes);
        ActivationMap found = ActivationMapFile.Read(folder.At("a.npz"), [0, 2], Classes);
        Assert.Equal((3, 2), (found.Width, found.Height));
        Values.AssertClose(Map.Values, found.Values, 1 / 510f + 1e-6);
        Assert.Contains("has no map 'cat.npy'", Assert.Throws<WeightFileException>(() => ActivationMapFile.Read(folder.At("a.npz"), [1], Classes)).Message);
        Assert.Throws<WeightFileException>(() => ActivationMapFile.Read(folder.At("missing.npz"), [0], Classes));
        ActivationMapFile.Write(folder.At("flat.npz"), new ActivationMap(3, 0, [0], []), Classes);
        Assert.Contains("does not hold maps of one size", Assert.Throws<WeightFileException>(() => ActivationMapFile.Read(folder.At("flat.npz"), [0], Classes)).Message);
        byte[] whole = File.ReadAllBytes(folder.At("a.npz"));
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            byte[] changed = [.. whole];
            for (int k = random.Next(1, 4); k > 0; k--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder.At("b.npz"), i % 3 == 0 ? changed[..random.Next(changed.Length)] : changed);
            try
            {
                Assert.Equal(2, ActivationMapFile.Read(folder.At("b.npz"), [0, 2], Classes).Classes.Count);
            }
            catch (WeightFileException)
            {
            }
        }
    }

    [Fact]
    public void TheSameMapsGiveTheSameFile()
    {
        using var folder = new TemporaryFolder();
        ActivationMapFile.Write(folder.At("a.npz"), Map, Classes);
        using ZipArchive archive = ZipFile.OpenRead(folder.At("a.npz"));
        Assert.All(archive.Entries, static e => Assert.Equal(1980, e.LastWriteTime.Year));
    }

    [Fact]
    public void NumpyReadsAFile()
    {
        using var folder = new TemporaryFolder();
        ActivationMapFile.Write(folder.At("a.npz"), Map, Classes);
        ActivationMapFile.Write(folder.At("empty.npz"), new ActivationMap(3, 2, [], []), Classes);
        const string script = "import sys, numpy as np\na = np.load(sys.argv[1])\nprint(sorted(a), a['bird'].dtype, a['bird'].tolist(), len(np.load(sys.argv[2]).files))";
        var (code, output) = Python(script, folder.At("a.npz"), folder.At("empty.npz"));
        Assert.SkipUnless(code is not null && !output.Contains("No module named 'numpy'", StringComparison.Ordinal), "python3 with numpy is missing (apt-get install python3-numpy)");
        Assert.Equal("['bird', 'traffic_light'] uint8 [[0, 51, 102], [153, 204, 255]] 0", output.Trim());
    }

    [Fact]
    public void AFolderThatIsNotThereIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("none", Assert.Throws<RcaException>(() => ActivationMapFile.Write(folder.At("none/a.npz"), Map, Classes)).Message);
    }

    private static (int? Code, string Output) Python(string script, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Interpreter, ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string output = process.StandardOutput.ReadToEnd(), error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (null, "");
        }
    }
}
