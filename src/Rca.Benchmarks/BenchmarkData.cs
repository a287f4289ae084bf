using Rca.Computing;
using Rca.Data;
using Rca.Data.Voc;
using Rca.Imaging.Codecs;

namespace Rca.Benchmarks;

/// <summary>Drawn pictures with true and predicted masks in a folder.</summary>
internal sealed class BenchmarkData
{
    /// <summary>Different pictures; they are read again and again.</summary>
    private const int Drawn = 16;

    private const int JpegQuality = 92;

    /// <summary>Draws all files.</summary>
    public BenchmarkData(string folder, BenchmarkSettings settings, CancellationToken cancellation)
    {
        Folder = folder;
        foreach (string part in (string[])[Pictures, Truth, Prediction]) Directory.CreateDirectory(part);
        Workers.For(Math.Max(Drawn, settings.Masks), Workers.AllProcessors, cancellation, i =>
        {
            if (i < Drawn)
                PictureFile.WriteJpeg(Path.Combine(Pictures, Name(i, ".jpg")), SyntheticScene.Create(settings.Width, settings.Height, 2, seed: i).Picture, JpegQuality);
            var (truth, prediction) = SyntheticMasks.Pair(settings.Width, settings.Height, seed: i);
            LabelFile.Write(Path.Combine(Truth, Name(i, ".png")), truth);
            LabelFile.Write(Path.Combine(Prediction, Name(i, ".png")), prediction);
        });
    }

    /// <summary>Where everything is.</summary>
    public string Folder { get; }

    /// <summary>True masks, named like the pictures.</summary>
    public string Truth => Path.Combine(Folder, "truth");

    /// <summary>Predictions beside them.</summary>
    public string Prediction => Path.Combine(Folder, "prediction");

    private string Pictures => Path.Combine(Folder, "images");

    /// <summary>As many pictures as needed, with two of VOC's tags each; many of them share a file.</summary>
    public TaggedImage[] Images(int count) =>
    [
        .. from i in Enumerable.Range(0, count)
           let name = Name(i % Drawn, ".jpg")
           select new TaggedImage(name, Path.Combine(Pictures, name), Tags(i), Split.Train, MaskPath: null),
    ];

    /// <summary>Tags of the i-th image: all classes occur equally often.</summary>
    public static int[] Tags(int i)
    {
        int classes = VocClasses.Names.Count;
        return [.. new[] { i % classes, (i + 1 + i / classes % (classes - 1)) % classes }.Order()];
    }

    private static string Name(int i, string extension) => $"{i:D4}{extension}";
}
