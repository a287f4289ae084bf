using Rca.Imaging.Overlays;

namespace Rca.Imaging.Tests.Overlays;

public class HeatMapTests
{
    [Fact]
    public void Lightness_rises_evenly()
    {
        double[] lightness = [.. Enumerable.Range(0, 11).Select(i => CieLightness(HeatMap.Colour(i / 10f)))];
        double[] steps = [.. lightness.Zip(lightness.Skip(1), static (a, b) => b - a)];
        // CIE 1976 lightness and Oklab's differ a little; a rainbow would have negative steps.
        Assert.All(steps, static step => Assert.InRange(step, 5, 11));
    }

    [Fact]
    public void Values_outside_the_range_take_its_ends()
    {
        Assert.Equal(HeatMap.Colour(0), HeatMap.Colour(-3));
        Assert.Equal(HeatMap.Colour(0), HeatMap.Colour(float.NaN));
        Assert.Equal(HeatMap.Colour(1), HeatMap.Colour(float.PositiveInfinity));
        Assert.NotEqual(HeatMap.Colour(0), HeatMap.Colour(1));
    }

    [Fact]
    public void Blends_the_colour_into_the_grey_picture()
    {
        var picture = new Picture(2, 1, 3, [255, 255, 255, 255, 0, 0]);
        byte[] drawn = HeatMap.Draw(picture, [0, 1]).Pixels;
        var (low, high) = (HeatMap.Colour(0), HeatMap.Colour(1));
        byte[] expected = [Mix(255, low.Red), Mix(255, low.Green), Mix(255, low.Blue), Mix(76.2, high.Red), Mix(76.2, high.Green), Mix(76.2, high.Blue)];
        Assert.All(expected.Zip(drawn), static pair => Assert.InRange(pair.Second, pair.First - 1, pair.First + 1));

        static byte Mix(double grey, byte colour) => (byte)Math.Round(0.4 * grey + 0.6 * colour);
    }

    [Fact]
    public void Refuses_what_does_not_fit()
    {
        Assert.Throws<ArgumentException>(() => HeatMap.Draw(new Picture(2, 2, 3), new float[3]));
        Assert.Throws<ArgumentException>(() => HeatMap.Draw(new Picture(2, 2, 1), new float[4]));
    }

    /// <summary>L* of CIE 1976, 0 to 100.</summary>
    private static double CieLightness((byte Red, byte Green, byte Blue) colour)
    {
        double y = 0.2126 * Linear(colour.Red) + 0.7152 * Linear(colour.Green) + 0.0722 * Linear(colour.Blue);
        return y > 0.008856 ? 116 * Math.Cbrt(y) - 16 : 903.3 * y;

        static double Linear(byte value) => value / 255.0 is var v && v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
    }
}
