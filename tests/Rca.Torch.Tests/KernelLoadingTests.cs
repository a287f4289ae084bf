namespace Rca.Torch.Tests;

/// <summary>The library of our own operators may be absent.</summary>
public class KernelLoadingTests
{
    [Fact]
    public void It_serves_where_it_lies_beside_the_program() => Assert.Equal(File.Exists(Kernels.LibraryPath), Kernels.Load() is null);

    [Fact]
    public void Where_it_is_absent_or_broken_that_is_said()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("librca_kernels.so");
        Assert.Equal($"{path} does not exist.", Kernels.Open(path));
        File.WriteAllText(path, "this is not a library");
        Assert.StartsWith($"{path} does not load. The loader says", Kernels.Open(path), StringComparison.Ordinal);
    }

    /// <summary>The tests of the operators, of training steps and of golden results, by this program without the library.</summary>
    [Fact]
    public void Without_it_the_same_tests_pass()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories).Where(static file => file != Kernels.LibraryPath))
        {
            string copy = folder.File(Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        Type[] classes = [typeof(KernelTests), typeof(KernelStepTests), typeof(GoldenOperatorTests), typeof(GoldenTrainingTests), typeof(OperationCounterTests), typeof(SchemaTests)];
        string output = Programs.Dotnet(Environment.CurrentDirectory, [folder.File(Path.GetFileName(GetType().Assembly.Location)), .. classes.SelectMany(static type => new[] { "-class", type.FullName! })]);
        Assert.Contains($"{folder.File("librca_kernels.so")} does not exist.", output, StringComparison.Ordinal); // why some were skipped
    }
}
