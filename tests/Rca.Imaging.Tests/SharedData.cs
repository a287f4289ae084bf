namespace Rca; // above the namespaces of the test projects that share this file

/// <summary>Data that the repository cannot hold: in the folder of the environment variable RCA_TEST_DATA, or in shared/data beside the checkout.</summary>
internal static class SharedData
{
    /// <summary>The path of a file; skips the test where it is not there.</summary>
    public static string Need(string name)
    {
        string folder = Environment.GetEnvironmentVariable("RCA_TEST_DATA") ?? Path.Combine(BesideCheckout(AppContext.BaseDirectory), "shared", "data");
        string path = Path.Combine(folder, name);
        Assert.SkipUnless(Path.Exists(path), $"{path} is not there; set RCA_TEST_DATA to a folder that holds {name}.");
        return path;
    }

    private static string BesideCheckout(string folder) =>
        Path.GetDirectoryName(folder) is not { } parent ? folder : File.Exists(Path.Combine(folder, "Rca.slnx")) ? parent : BesideCheckout(parent);
}
