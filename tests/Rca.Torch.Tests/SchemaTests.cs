using System.Reflection;

namespace Rca.Torch.Tests;

public class SchemaTests
{
    private const string Version = "1.13";

    /// <summary>A changed signature would shift positional arguments silently.</summary>
    [Fact]
    public void Signatures_are_those_the_calls_were_written_for()
    {
        Assert.SkipUnless(TorchRuntime.Version.StartsWith(Version, StringComparison.Ordinal), $"Signatures are recorded for libtorch {Version}, this is {TorchRuntime.Version}.");
        string file = $"schemas-{Version}.txt";
        bool kernels = Kernels.Load() is null;
        string[] recorded = [.. File.ReadAllLines(Golden.PathOf(file)).Where(line => kernels || !line.StartsWith("rca::", StringComparison.Ordinal))];
        Type[] owners = kernels ? [typeof(Operators), typeof(Kernels)] : [typeof(Operators)];
        string[] found = [.. from owner in owners
                             from field in owner.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
                             where field.FieldType == typeof(Operator)
                             select ((Operator)field.GetValue(null)!).Schema];
        string unrecorded = string.Join('\n', found.Except(recorded)), unused = string.Join('\n', recorded.Except(found));
        Assert.True(unrecorded.Length + unused.Length == 0, $"Check the calls against these, then add them to golden/{file}:\n{unrecorded}\nand remove:\n{unused}");
    }
}
