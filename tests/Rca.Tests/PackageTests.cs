using System.Xml.Linq;
using Rca.Torch;

namespace Rca.Tests;

/// <summary>The packages that <c>dotnet pack</c> makes, in a project that knows nothing of the checkout.</summary>
public sealed class PackageTests : SingleThread
{
    private static readonly string[] Packages = ["Rca.Torch", "Rca.Imaging", "Rca"];

    [Fact]
    public void A_project_elsewhere_references_builds_and_runs_them()
    {
        using var folder = new TemporaryFolder();
        string feed = folder.At("feed");
        foreach (string package in Packages)
            Programs.Dotnet(Repository.Root, "pack", $"src/{package}/{package}.csproj", "-c", "Release", "--no-build", "-o", feed, "-v", "quiet");
        string version = typeof(Tensor).Assembly.GetName().Version!.ToString(3);
        folder.Text("nuget.config", $"""<configuration><packageSources><clear /><add key="feed" value="{feed}" /></packageSources></configuration>""");
        // Packages of others are taken from where the build of the checkout has them.
        folder.Text("app/app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestorePackagesPath>{folder.At("packages")}</RestorePackagesPath>
                <RestoreFallbackFolders>{PackagesFolder()}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Rca" Version="{version}" /></ItemGroup>
            </Project>
            """);
        folder.Text("app/Program.cs", """
            using Rca.Classification;
            using Rca.Torch;

            using var model = new ClassificationModel(classes: 3, new ClassificationOptions());
            Console.WriteLine(string.Join(' ', model.Forward(Tensor.Zeros([1, 3, 32, 32])).Maps.Shape));
            """);
        Programs.Dotnet(folder.At("app"), "build", "-c", "Release", "-v", "quiet", "--nologo");
        Assert.True(File.Exists(folder.At("app/obj/rca/shim/librca_torch.so"))); // compiled there
        Assert.True(File.Exists(folder.At("app/bin/Release/net10.0/librca_kernels.so")));
        Assert.Equal("1 3 4 4", Programs.Dotnet(folder.At("app"), "bin/Release/net10.0/app.dll").Trim());
    }

    /// <summary>Where restored packages are, by what the build of these tests has noted.</summary>
    private static string PackagesFolder()
    {
        XDocument props = XDocument.Load(Path.Combine(Repository.Root, "artifacts/obj/Rca.Tests/Rca.Tests.csproj.nuget.g.props"));
        return props.Descendants().First(static element => element.Name.LocalName == "NuGetPackageRoot").Value;
    }
}
