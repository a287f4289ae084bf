using System.Text;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Tests;

/// <summary>A folder that is gone after the test, with shorthands to fill it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rca-test-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public string Text(string name, string content) => Bytes(name, Encoding.UTF8.GetBytes(content));

    public string Bytes(string name, byte[] content)
    {
        File.WriteAllBytes(Prepared(name), content);
        return At(name);
    }

    /// <summary>A picture of one colour; another <paramref name="shade"/> makes another file.</summary>
    public string Picture(string name, byte shade = 100, int width = 8, int height = 6)
    {
        var picture = new Picture(width, height, 3);
        Array.Fill(picture.Pixels, shade);
        if (name.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            PictureFile.WritePng(Prepared(name), picture);
        else
            PictureFile.WriteJpeg(Prepared(name), picture);
        return At(name);
    }

    public string Mask(string name, int width, int height, params ushort[] labels)
    {
        LabelFile.Write(Prepared(name), new LabelMap(width, height, labels));
        return At(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private string Prepared(string name)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(At(name))!);
        return At(name);
    }
}
