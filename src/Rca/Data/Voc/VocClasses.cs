namespace Rca.Data.Voc;

/// <summary>The classes of PASCAL VOC in their published order.</summary>
public static class VocClasses
{
    private static readonly string[] Ordered =
    [
        "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
        "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ];

    /// <summary>The names; class c has label c + 1 in masks.</summary>
    public static IReadOnlyList<string> Names => Ordered;

    /// <summary>The class of a name, in whatever case; or -1.</summary>
    internal static int IndexOf(string name) => Array.FindIndex(Ordered, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
}
