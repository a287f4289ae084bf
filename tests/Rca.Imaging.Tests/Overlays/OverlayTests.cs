using Rca.Imaging.Masks;
using Rca.Imaging.Overlays;

namespace Rca.Imaging.Tests.Overlays;

public class OverlayTests
{
    [Fact]
    public void Blends_labels_and_keeps_background()
    {
        var picture = new Picture(2, 1, 3, [10, 20, 30, 10, 20, 30]);
        var labels = new LabelMap(2, 1, [0, 1]);
        Assert.Equal([10, 20, 30, 69, 10, 15], Overlay.Draw(picture, labels, 0.5f).Pixels);
        Assert.Equal([10, 20, 30, 128, 0, 0], Overlay.Draw(picture, labels, 1).Pixels);
        Assert.Equal(picture.Pixels, Overlay.Draw(picture, labels, 0).Pixels);
    }

    [Fact]
    public void Outlines_lie_on_both_sides_of_a_border()
    {
        var picture = new Picture(6, 1, 3);
        Array.Fill(picture.Pixels, (byte)100);
        Picture drawn = Overlay.Draw(picture, new LabelMap(6, 1, [0, 0, 1, 1, 2, 2]), 0, outline: true);
        Assert.Equal([100, 0, 255, 255, 255, 100], drawn.Pixels.Chunk(3).Select(p => p[0]));
    }

    [Fact]
    public void Refuses_what_does_not_fit()
    {
        Assert.Throws<ArgumentException>(() => Overlay.Draw(new Picture(2, 2, 3), new LabelMap(2, 3)));
        Assert.Throws<ArgumentException>(() => Overlay.Draw(new Picture(2, 2, 1), new LabelMap(2, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Overlay.Draw(new Picture(2, 2, 3), new LabelMap(2, 2), 1.5f));
    }
}
