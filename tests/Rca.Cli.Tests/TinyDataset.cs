using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Cli.Tests;

/// <summary>Two 4×4 pictures of two classes, with masks.</summary>
internal static class TinyDataset
{
    public static void Write(TemporaryFolder folder)
    {
        foreach (var (name, label) in new[] { ("one", 1), ("two", 2) })
        {
            var shade = (byte)(100 * label);
            PictureFile.WritePng(folder.At("images", $"{name}.png"), new Picture(4, 4, 3, [.. Enumerable.Repeat(shade, 48)]));
            LabelFile.Write(folder.At("masks", $"{name}.png"), Mask(label));
        }
        File.WriteAllText(folder.At("tags.csv"), "image,tags,split\none.png,cat,train\ntwo.png,dog,val\n");
        File.WriteAllText(folder.At("classes.txt"), "cat\ndog\n");
    }

    /// <summary>The left half background, the right half <paramref name="label"/>.</summary>
    public static LabelMap Mask(int label) => new(4, 4, [.. Enumerable.Range(0, 16).Select(i => (ushort)(i % 4 < 2 ? 0 : label))]);
}
