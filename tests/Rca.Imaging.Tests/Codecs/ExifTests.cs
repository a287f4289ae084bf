using Rca.Imaging.Codecs;

namespace Rca.Imaging.Tests.Codecs;

public class ExifTests
{
    // A big-endian header, its directory at byte 8 with one entry: orientation, one short, 6.
    private static readonly byte[] Rotated =
        [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void Reads_the_orientation() => Assert.Equal(Orientation.Rotated90, Exif.ReadOrientation(Rotated));

    [Theory]
    [InlineData(10, 0xFF)] // the directory lies outside
    [InlineData(13, 24)] // the segment ends with its count
    [InlineData(17, 0x13)] // another tag
    [InlineData(19, 4)] // a long instead of a short
    [InlineData(25, 9)] // no such orientation
    [InlineData(25, 0)]
    [InlineData(6, (byte)'X')] // no byte order
    public void Takes_damage_for_no_orientation(int at, byte value)
    {
        byte[] segment = [.. Rotated];
        segment[at] = value;
        Assert.Equal(Orientation.Normal, Exif.ReadOrientation(segment));
    }

    [Fact]
    public void Stays_within_a_segment_of_any_length()
    {
        for (int length = 0; length < 28; length++)
            Assert.Equal(Orientation.Normal, Exif.ReadOrientation(Rotated.AsSpan(0, length)));
        byte[] manyEntries = [.. Rotated];
        (manyEntries[14], manyEntries[17]) = (0xFF, 0x13); // 65281 entries stated, one there
        Assert.Equal(Orientation.Normal, Exif.ReadOrientation(manyEntries));
    }
}
