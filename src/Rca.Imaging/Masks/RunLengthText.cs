using System.Text;

namespace Rca.Imaging.Masks;

/// <summary>
/// COCO's text for runs: from the fourth on each as the difference to the one before last, in groups of 5 bits from the lowest, the sixth
/// bit set where another group follows, each group plus 48 as an ASCII character. The highest bit of the last group is the sign.
/// </summary>
internal static class RunLengthText
{
    private const int First = 48, GroupBits = 5, More = 0x20, Sign = 0x10, Group = 0x1F, MostGroups = 7;

    /// <exception cref="MaskException">The text breaks the rules.</exception>
    public static int[] Decode(ReadOnlySpan<byte> text)
    {
        var runs = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            long value = 0;
            for (int group = 0, more = More; more != 0; group++)
            {
                if (at == text.Length) throw new MaskException("the compressed runs end in the middle of a number; the text is truncated");
                int c = text[at++] - First;
                if (c is < 0 or > (More | Group)) throw new MaskException($"the compressed runs hold the byte {text[at - 1]}; expected {First} to {First + (More | Group)}");
                if (group == MostGroups) throw new MaskException("the compressed runs hold a number of more than 35 bits");
                value |= (long)(c & Group) << (GroupBits * group);
                more = c & More;
                if (more == 0 && (c & Sign) != 0) value -= 1L << (GroupBits * (group + 1));
            }
            if (runs.Count > 2) value += runs[^2];
            if (value is < 0 or > int.MaxValue) throw new MaskException($"a compressed run has the length {value}; expected 0 to the number of pixels");
            runs.Add((int)value);
        }
        return [.. runs];
    }

    public static string Encode(ReadOnlySpan<int> runs)
    {
        var text = new StringBuilder();
        for (int i = 0; i < runs.Length; i++)
        {
            int value = i > 2 ? runs[i] - runs[i - 2] : runs[i];
            bool more;
            do
            {
                int c = value & Group;
                value >>= GroupBits;
                more = (c & Sign) != 0 ? value != -1 : value != 0;
                text.Append((char)((more ? c | More : c) + First));
            }
            while (more);
        }
        return text.ToString();
    }
}
