using System.Text.Json;
using Rca.Imaging.Masks;

namespace Rca.Data.Coco;

/// <summary>
/// Reads the outline of an annotation: a list of polygons, or <c>{"counts": ..., "size": [height, width]}</c> with run lengths as numbers
/// (uncompressed, as crowd regions have them) or as text (compressed).
/// </summary>
internal static class CocoSegmentation
{
    /// <param name="annotation">The annotation's UTF-8 text.</param>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="height">The picture's height in pixels.</param>
    /// <exception cref="MaskException">The outline cannot be used.</exception>
    public static RunLengthMask Read(ReadOnlySpan<byte> annotation, int width, int height)
    {
        RunLengthMask? mask = null;
        long id = 0;
        try
        {
            // COCO's own files have the id last; a mistake in the outline must name it all the same.
            JsonFields.Read(annotation, (name, ref value) => name != "id" || !JsonFields.Integer(ref value, out id));
            JsonFields.Read(annotation, (name, ref value) =>
            {
                if (name == "segmentation")
                    mask = value.TokenType == JsonTokenType.StartArray ? ReadPolygons(ref value, width, height) : ReadRuns(ref value, width, height);
                return true;
            });
            return mask ?? throw new MaskException("it has no segmentation");
        }
        catch (JsonException)
        {
            throw new MaskException("the file has changed since it was read");
        }
        catch (MaskException failure)
        {
            throw new MaskException($"annotation {id}: {failure.Message}");
        }
    }

    private static RunLengthMask ReadPolygons(ref Utf8JsonReader reader, int width, int height)
    {
        List<double[]> polygons = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new MaskException("a polygon is no list of numbers");
            List<double> numbers = [];
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                numbers.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) ? number : throw new MaskException("a polygon holds something that is no number"));
            polygons.Add([.. numbers]);
        }
        return RunLengthMask.FromPolygons(width, height, polygons);
    }

    private static RunLengthMask ReadRuns(ref Utf8JsonReader reader, int width, int height)
    {
        List<int>? plain = null;
        byte[]? text = null;
        List<int> size = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonFields.Text(ref reader);
            reader.Read();
            if (name == "counts" && reader.TokenType == JsonTokenType.String)
                text = System.Text.Encoding.UTF8.GetBytes(JsonFields.Text(ref reader) ?? "");
            else if (name == "counts")
                plain = ReadIntegers(ref reader, "counts");
            else if (name == "size")
                size = ReadIntegers(ref reader, "size");
            else
                reader.Skip();
        }
        if (size is not [var rows, var columns] || (rows, columns) != (height, width))
            throw new MaskException($"its size is [{string.Join(", ", size.Take(3))}]; expected [{height}, {width}], the height and width of its picture");
        return plain is not null ? new RunLengthMask(width, height, [.. plain])
            : text is not null ? RunLengthMask.FromCompressed(width, height, text)
            : throw new MaskException("it has neither polygons nor counts");
    }

    private static List<int> ReadIntegers(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new MaskException($"{name} is no list");
        List<int> integers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            integers.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var integer) ? integer : throw new MaskException($"{name} holds something that is no integer up to {int.MaxValue:N0}"));
        return integers;
    }
}
