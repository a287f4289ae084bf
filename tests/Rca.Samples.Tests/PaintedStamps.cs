using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Tests;

namespace Rca.Samples.Tests;

/// <summary>
/// A stamp library and backgrounds that the tests paint: in each class <see cref="PerClass"/> discs, red where the stamp is for train and val,
/// blue where it is for the test; the backgrounds are green.
/// </summary>
internal static class PaintedStamps
{
    public const int PerClass = 10;

    private static readonly string[] Folders =
    [
        "animals/birds", "animals/mammals/cats", "animals/fish", "animals/insects", "food/fruit", "plants/flowers", "vehicles/auto", "food/vegetables",
        "hobbies/music/string",
    ];

    public static SampleScenesOptions Paint(TemporaryFolder folder)
    {
        foreach (var name in Folders)
            for (var i = 0; i < PerClass; i++)
                Save(folder.At($"stamps/{name}/{i}.png"), Disc(blue: i % StampLibrary.TestEvery == StampLibrary.TestEvery - 1));
        for (byte i = 0; i < 2; i++)
        {
            var background = new Picture(60 + 40 * i, 50, 3);
            for (var pixel = 0; pixel < background.Pixels.Length; pixel += 3)
                background.Pixels[pixel + 1] = (byte)(150 + pixel % 40);
            Save(folder.At($"backgrounds/{i}.png"), background);
        }
        return new SampleScenesOptions
        {
            StampFolder = folder.At("stamps"), BackgroundFolder = folder.At("backgrounds"), Train = 12, Val = 6, Test = 6, Size = 48, Threads = 1,
        };
    }

    /// <summary>A 20 × 20 picture with a disc of 12 pixels across in its middle, transparent around.</summary>
    public static Picture Disc(bool blue)
    {
        var disc = new Picture(20, 20, 4);
        for (var y = 0; y < 20; y++)
            for (var x = 0; x < 20; x++)
                if ((x - 9.5) * (x - 9.5) + (y - 9.5) * (y - 9.5) <= 36)
                    (disc.Pixels[(y * 20 + x) * 4 + (blue ? 2 : 0)], disc.Pixels[(y * 20 + x) * 4 + 3]) = (200, 255);
        return disc;
    }

    public static void Save(string path, Picture picture)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        PictureFile.WritePng(path, picture);
    }
}
