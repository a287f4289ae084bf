using System.Text.Json;
using Rca.Imaging.Masks;
using Rca.Text;

namespace Rca.Data.Coco;

/// <summary>A picture of an instances file.</summary>
internal sealed record CocoPicture(long Id, string FileName, int Width, int Height);

/// <summary>A class of an instances file.</summary>
internal sealed record CocoCategory(long Id, string Name);

/// <summary>An annotation of an instances file: what it belongs to, and where in the file it stands.</summary>
internal readonly record struct CocoAnnotation(long Picture, long Category, long Offset, int Length);

/// <summary>
/// The content of an instances file of COCO, except the outlines: these stay in the file until a mask is drawn, so that the largest file takes
/// a few tens of megabytes.
/// </summary>
internal sealed class CocoInstances
{
    private readonly string _name;
    private readonly ProblemList _problems;
    private readonly HashSet<long> _ids = [];
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);

    /// <summary>Reads a file; what cannot be used is left out, with a problem.</summary>
    /// <exception cref="JsonException">It is no instances file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public CocoInstances(string path, string name, ProblemList problems)
    {
        (_name, _problems) = (name, problems);
        JsonArrays.Read(path, new Dictionary<string, JsonArrays.ElementHandler>
        {
            ["images"] = AddPicture,
            ["annotations"] = AddAnnotation,
            ["categories"] = AddCategory,
        });
        Categories.Sort((a, b) => a.Id.CompareTo(b.Id));
    }

    /// <summary>The pictures in the order of the file.</summary>
    public List<CocoPicture> Pictures { get; } = [];

    /// <summary>The annotations in the order of the file.</summary>
    public List<CocoAnnotation> Annotations { get; } = [];

    /// <summary>The classes by their numbers: the published order.</summary>
    public List<CocoCategory> Categories { get; } = [];

    /// <summary>Ids of categories whose name another one has: they mean the same class. To the id of that one.</summary>
    public Dictionary<long, long> SameCategories { get; } = [];

    /// <summary>Pictures with an annotation that could not be read: nobody knows all of what they show.</summary>
    public HashSet<long> NotUnderstood { get; } = [];

    /// <summary>Pictures with an annotation that has no outline: it is a tag, and there is no true mask.</summary>
    public HashSet<long> WithoutOutline { get; } = [];

    private void AddPicture(ReadOnlySpan<byte> element, long offset)
    {
        long id = -1, width = 0, height = 0;
        string? name = null;
        bool whole = JsonFields.Read(element, (property, ref value) => property switch
        {
            "id" => JsonFields.Integer(ref value, out id),
            "width" => JsonFields.Integer(ref value, out width),
            "height" => JsonFields.Integer(ref value, out height),
            "file_name" => (name = JsonFields.Text(ref value)) is not null,
            _ => true,
        });
        if (whole && id >= 0 && !string.IsNullOrEmpty(name) && width is > 0 and <= int.MaxValue && height is > 0 and <= int.MaxValue)
            Pictures.Add(new CocoPicture(id, name, (int)width, (int)height));
        else
            Refuse("image", offset, "id, file_name, width and height");
    }

    private void AddAnnotation(ReadOnlySpan<byte> element, long offset)
    {
        long picture = -1, category = -1;
        bool outlined = false, pictureRead = false, categoryRead = false;
        bool whole = JsonFields.Read(element, (property, ref value) => property switch
        {
            "image_id" => (pictureRead = JsonFields.Integer(ref value, out picture)) || true,
            "category_id" => (categoryRead = JsonFields.Integer(ref value, out category)) || true,
            "segmentation" => (outlined = value.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) || true,
            _ => true,
        });
        if (whole && pictureRead && categoryRead && picture >= 0 && category >= 0)
        {
            Annotations.Add(new CocoAnnotation(picture, category, offset, element.Length));
            if (!outlined)
                WithoutOutline.Add(picture);
            return;
        }
        if (pictureRead && picture >= 0)
            NotUnderstood.Add(picture);
        Refuse("annotation", offset, "image_id and category_id");
    }

    private void AddCategory(ReadOnlySpan<byte> element, long offset)
    {
        long id = -1;
        string? name = null;
        bool whole = JsonFields.Read(element, (property, ref value) => property switch
        {
            "id" => JsonFields.Integer(ref value, out id),
            "name" => (name = JsonFields.Text(ref value)) is not null,
            _ => true,
        });
        if (whole && id >= 0 && !string.IsNullOrWhiteSpace(name) && !name.Any(char.IsControl) && _ids.Add(id))
        {
            if (!_names.TryAdd(name, id))
            {
                SameCategories[id] = _names[name];
                _problems.Add("duplicate category", $"{_name}: the categories {_names[name]} and {id} are both named '{name}'; they are read as one class.");
                return;
            }
            if (Categories.Count == LabelMap.Ignore - 1)
                throw new JsonException($"it has more than {LabelMap.Ignore - 1} categories");
            Categories.Add(new CocoCategory(id, name));
        }
        else
            Refuse("category", offset, "an id of its own and a name");
    }

    private void Refuse(string kind, long offset, string expected) =>
        _problems.Add($"{kind} not understood", $"{_name}: the {kind} at byte {offset:N0} is left out; expected {expected}.");
}
