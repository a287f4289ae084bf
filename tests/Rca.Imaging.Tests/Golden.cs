using System.Runtime.InteropServices;
using System.Text.Json;

namespace Rca.Imaging.Tests;

/// <summary>A file of golden cases, as golden/make_golden.py writes them.</summary>
internal static class Golden
{
    public static IReadOnlyList<JsonElement> Read(string name)
    {
        byte[] json = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "golden", name));
        return [.. JsonDocument.Parse(json).RootElement.EnumerateArray()];
    }

    /// <summary>The names of the cases of one file, for <c>[MemberData]</c>.</summary>
    public static IEnumerable<TheoryDataRow<string>> Names(string name) =>
        Read(name).Select(c => new TheoryDataRow<string>(c.GetProperty("name").GetString()!));

    public static JsonElement Case(string file, string name) =>
        Read(file).Single(c => c.GetProperty("name").GetString() == name);

    public static int Int(this JsonElement element, string property) => element.GetProperty(property).GetInt32();

    public static float Float(this JsonElement element, string property) => element.GetProperty(property).GetSingle();

    public static byte[] Bytes(this JsonElement element, string property) => element.GetProperty(property).GetBytesFromBase64();

    public static ushort[] UShorts(this JsonElement element, string property) =>
        MemoryMarshal.Cast<byte, ushort>(element.Bytes(property)).ToArray();

    public static void AssertWithin(int tolerance, byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"value {i}: {expected[i]} expected, {actual[i]} found");
    }
}
