using Rca.Imaging;
using Rca.Imaging.Masks;

namespace Rca.Data.Coco;

/// <summary>Where the annotation of an object stands in the instances file, and the object's label.</summary>
internal readonly record struct CocoRegion(long Offset, int Length, ushort Label);

/// <summary>
/// A true mask that annotations of COCO describe. It is drawn when asked for, and the outlines are read from the file only then.
/// Where objects lie over each other, the pixel belongs to the smallest: objects are painted from the largest area to the smallest, the
/// area being the number of pixels of the object's mask; of equal ones the first in the file wins. Crowd regions count as their class.
/// </summary>
internal sealed class CocoMask
{
    private readonly string _file, _picture;
    private readonly int _width, _height;
    private readonly IReadOnlyList<CocoRegion> _regions;

    public CocoMask(string file, CocoPicture picture, IReadOnlyList<CocoRegion> regions) =>
        (_file, _picture, _width, _height, _regions) = (file, picture.FileName, picture.Width, picture.Height, regions);

    /// <summary>The mask, at the size that the instances file states for the picture.</summary>
    /// <exception cref="PictureException">The file cannot be read, or an annotation in it cannot be drawn.</exception>
    public LabelMap Draw()
    {
        try
        {
            var objects = ReadObjects();
            if ((long)_width * _height > PictureLimits.Default.MaxPixels)
                throw new MaskException($"the size is {_width}×{_height}; expected at most {PictureLimits.Default.MaxPixels:N0} pixels");
            var map = new LabelMap(_width, _height);
            foreach (var (mask, label) in objects.Index().OrderByDescending(item => item.Item.Mask.Area).ThenByDescending(item => item.Index).Select(item => item.Item))
                mask.Paint(map, label);
            return map;
        }
        catch (Exception failure) when (failure is MaskException or IOException or UnauthorizedAccessException)
        {
            throw new PictureException(_file, $"the mask of {_picture} cannot be drawn: {failure.Message.TrimEnd('.')}.", failure);
        }
    }

    private List<(RunLengthMask Mask, ushort Label)> ReadObjects()
    {
        using var file = File.OpenHandle(_file);
        List<(RunLengthMask, ushort)> objects = [];
        foreach (var region in _regions)
        {
            var element = new byte[region.Length];
            RandomAccess.Read(file, element, region.Offset);
            objects.Add((CocoSegmentation.Read(element, _width, _height), region.Label));
        }
        return objects;
    }
}
