namespace Rca.Data;

/// <summary>How the folder of a data set is laid out.</summary>
public enum DatasetLayout
{
    /// <summary><c>images/</c> and <c>tags.csv</c>.</summary>
    Folder,

    /// <summary>The original tree of PASCAL VOC 2012.</summary>
    Voc,

    /// <summary>The original tree of COCO 2014 or 2017.</summary>
    Coco,
}

/// <summary>A file or folder that the layout knows.</summary>
/// <param name="Name">Its path, below the data set's folder where it lies there.</param>
/// <param name="Found">Whether it is there and can be used.</param>
/// <param name="Content">How much is in it, or "missing".</param>
/// <param name="Use">What it is for.</param>
public sealed record DatasetPart(string Name, bool Found, string Content, string Use);

/// <summary>What the folder itself does not tell.</summary>
public sealed record DatasetOptions
{
    /// <summary>VOC: the list of <c>ImageSets/Segmentation</c>, without extension, that the train split is read from; null for <c>train</c>.</summary>
    public string? SplitList { get; init; }

    /// <summary>VOC: a text file with lines <c>name class class ...</c>, classes counted from 0, that goes before the XML annotations; or null.</summary>
    public string? Tags { get; init; }

    /// <summary>COCO: 2014 or 2017, needed where both are there; or null.</summary>
    public int? Year { get; init; }
}
