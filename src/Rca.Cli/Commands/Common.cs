using System.CommandLine;
using System.Numerics;

namespace Rca.Cli.Commands;

/// <summary>Arguments and options that mean the same in every command.</summary>
internal static class Common
{
    /// <summary>Where the set-up script unpacks what it fetches; the launcher names it.</summary>
    public static string CacheFolder => Environment.GetEnvironmentVariable("RCA_CACHE") ?? ".cache";

    /// <summary>The folder of a data set.</summary>
    public static Argument<string> Data() => new("DATA")
    {
        Description = "Folder of a data set: images/, tags.csv (image,tags[,split]), and if present masks/ and classes.txt.",
    };

    /// <summary>A folder to read or write.</summary>
    public static Option<string> Folder(string name, string description, bool required = true) =>
        new(name) { Description = description, HelpName = "DIR", Required = required };

    /// <summary>A number with a default.</summary>
    public static Option<T> Number<T>(string name, string description, T usual) where T : INumber<T> =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
}
