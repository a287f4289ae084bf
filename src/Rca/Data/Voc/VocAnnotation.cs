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

    /// <summary>
    /// The names of the objects' classes as they are written, difficult objects included, "" for an object without a name; parts of objects do not count.
    /// </summary>
    /// <exception cref="XmlException">It is not XML, has a DTD, is too large or is no annotation.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (new FileInfo(path).Length is 0 or > MostCharacters)
            throw new XmlException($"it is empty or larger than {MostCharacters >> 20} MiB");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        using var xml = XmlReader.Create(stream, Settings);
        List<string> names = [];
        var (inObject, objects) = (false, 0);
        while (xml.Read())
        {
            if (xml is { NodeType: XmlNodeType.Element, Depth: 0 } && xml.Name != "annotation")
                throw new XmlException($"its root is '{xml.Name}', expected 'annotation'");
            if (xml is { NodeType: XmlNodeType.Element, Depth: 1 })
            {
                inObject = xml.Name == "object";
                if (inObject)
                    objects++;
            }
            else if (inObject && xml is { NodeType: XmlNodeType.Element, Depth: 2, Name: "name" })
                names.Add(TextOf(xml).Trim());
        }
        if (names.Count < objects)
            names.Add("");
        return names;
    }

    /// <summary>The text of the element that the reader is at, whatever else stands between its parts.</summary>
    private static string TextOf(XmlReader xml)
    {
        var text = "";
        if (xml.IsEmptyElement)
            return text;
        while (xml.Read() && xml.NodeType != XmlNodeType.EndElement)
            if (xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA)
                text += xml.Value;
        return text;
    }
}
