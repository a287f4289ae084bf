using System.Xml;

namespace Rca.Data.Voc;

/// <summary>Reads an XML annotation of PASCAL VOC: only the classes of its objects, <c>annotation/object/name</c>.</summary>
internal static class VocAnnotation
{
    /// <summary>Published annotations have a few thousand characters.</summary>
    private const int MostCharacters = 1 << 20;

    /// <summary>DTDs are refused, so that no entity is expanded and nothing else is opened.</summary>
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MostCharacters,
    };

    /// <summary>The names of the objects' classes as they are written, difficult objects included; parts of objects do not count.</summary>
    /// <exception cref="XmlException">It is not XML, has a DTD, is too large or is no annotation.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (new FileInfo(path).Length is 0 or > MostCharacters)
            throw new XmlException($"it is empty or larger than {MostCharacters >> 20} MiB");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        using var xml = XmlReader.Create(stream, Settings);
        List<string> names = [];
        var inObject = false;
        while (xml.Read())
        {
            if (xml is { NodeType: XmlNodeType.Element, Depth: 0 } && xml.Name != "annotation")
                throw new XmlException($"its root is '{xml.Name}', expected 'annotation'");
            if (xml is { NodeType: XmlNodeType.Element, Depth: 1 })
                inObject = xml.Name == "object";
            else if (inObject && xml is { NodeType: XmlNodeType.Element, Depth: 2, Name: "name", IsEmptyElement: false } && xml.Read() && xml.NodeType == XmlNodeType.Text)
                names.Add(xml.Value.Trim());
        }
        return names;
    }
}
