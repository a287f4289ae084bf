using System.Globalization;
using System.Xml.Linq;
using Rca.Data.Voc;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Samples;

/// <summary>
/// Writes a miniature of the tree of PASCAL VOC 2012: 5 train, 3 val and 2 pictures of SBD, which only <c>train_aug</c> lists. The train
/// pictures show all 20 classes. Masks of <c>SegmentationClass</c> have a palette and ignored borders; those of
/// <c>SegmentationClassAug</c> are grey and have none.
/// </summary>
public static class SampleVoc
{
    private const int Train = 5, Aug = 7;

    /// <summary>Writes the tree whole or not at all; always the same one.</summary>
    /// <param name="directory">Where to write; it must not exist, or must be empty.</param>
    /// <exception cref="RcaException">The folder is in use, or the disk refuses.</exception>
    public static void Write(string directory) => WholeFolder.Write(directory, folder =>
    {
        foreach (var part in (string[])["ImageSets/Segmentation", "JPEGImages", "Annotations", "SegmentationClass", "SegmentationClassAug"])
            Directory.CreateDirectory(Path.Combine(folder, part));
        for (var i = 0; i < SampleShapes.Pictures; i++)
        {
            var drawing = SampleShapes.Draw(i, [.. Enumerable.Range(i * SampleShapes.Objects, SampleShapes.Objects).Select(c => c % VocClasses.Names.Count)]);
            var truth = new LabelMap(drawing.Picture.Width, drawing.Picture.Height);
            foreach (var drawn in drawing.Objects)
                drawn.Mask.Paint(truth, (ushort)(drawn.Class + 1));
            SampleShapes.Write(At("JPEGImages", i, ".jpg"), drawing);
            Annotation(Name(i), drawing, segmented: i is < Train or >= Aug).Save(At("Annotations", i, ".xml"));
            PictureFile.WritePng(At("SegmentationClassAug", i, ".png"), new Picture(truth.Width, truth.Height, 1, [.. truth.Labels.Select(label => (byte)label)]));
            if (i is < Train or >= Aug)
                LabelFile.Write(At("SegmentationClass", i, ".png"), WithBorders(truth));
        }
        List("train", [.. Enumerable.Range(0, Train)]);
        List("val", [.. Enumerable.Range(Aug, SampleShapes.Pictures - Aug)]);
        List("trainval", [.. Enumerable.Range(0, Train), .. Enumerable.Range(Aug, SampleShapes.Pictures - Aug)]);
        List("train_aug", [.. Enumerable.Range(0, Aug)]);

        string At(string part, int i, string extension) => Path.Combine(folder, part, Name(i) + extension);

        void List(string name, int[] pictures) =>
            File.WriteAllText(Path.Combine(folder, "ImageSets/Segmentation", $"{name}.txt"), string.Concat(pictures.Select(i => Name(i) + "\n")));
    });

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"2007_{i + 1:D6}");

    private static XDocument Annotation(string name, SampleDrawing drawing, bool segmented) => new(new XElement("annotation",
        new XElement("folder", "VOC2012"),
        new XElement("filename", $"{name}.jpg"),
        new XElement("size", new XElement("width", drawing.Picture.Width), new XElement("height", drawing.Picture.Height), new XElement("depth", 3)),
        new XElement("segmented", segmented ? 1 : 0),
        drawing.Objects.Select(drawn => new XElement("object",
            new XElement("name", VocClasses.Names[drawn.Class]),
            new XElement("difficult", 0),
            Box("bndbox", drawn.Polygons),
            // Parts have names too, which are no classes.
            VocClasses.Names[drawn.Class] == "person" ? new XElement("part", new XElement("name", "head"), Box("bndbox", drawn.Polygons)) : null))));

    private static XElement Box(string name, IReadOnlyList<double[]> polygons)
    {
        var (x, y) = (polygons.SelectMany(p => p.Where((_, i) => i % 2 == 0)).ToList(), polygons.SelectMany(p => p.Where((_, i) => i % 2 == 1)).ToList());
        return new XElement(name,
            new XElement("xmin", (int)Math.Max(1, x.Min())), new XElement("ymin", (int)Math.Max(1, y.Min())), new XElement("xmax", (int)x.Max()), new XElement("ymax", (int)y.Max()));
    }

    /// <summary>Pixels with another label to the right or below become ignore.</summary>
    private static LabelMap WithBorders(LabelMap truth)
    {
        var map = new LabelMap(truth.Width, truth.Height, (ushort[])truth.Labels.Clone());
        for (var i = 0; i < map.Labels.Length; i++)
        {
            var right = i % map.Width < map.Width - 1 ? i + 1 : i;
            var below = i + map.Width < map.Labels.Length ? i + map.Width : i;
            if (truth.Labels[right] != truth.Labels[i] || truth.Labels[below] != truth.Labels[i])
                map.Labels[i] = LabelMap.Ignore;
        }
        return map;
    }
}
