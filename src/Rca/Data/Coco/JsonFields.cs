using System.Text.Json;

namespace Rca.Data.Coco;

/// <summary>Reads the fields of one JSON object from outside, without an exception for values of another kind than expected.</summary>
internal static class JsonFields
{
    /// <summary>Takes a field's value; false where it cannot be used.</summary>
    public delegate bool FieldHandler(string name, ref Utf8JsonReader value);

    /// <summary>Passes each field of an object, which is well formed, to <paramref name="take"/>; false where it is no object or a field cannot be used.</summary>
    public static bool Read(ReadOnlySpan<byte> element, FieldHandler take)
    {
        var reader = new Utf8JsonReader(element);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader) ?? "";
            reader.Read();
            var depth = reader.CurrentDepth;
            if (!take(name, ref reader))
                return false;
            // A handler that looked into an array or object stands at its end.
            if (reader.CurrentDepth == depth)
                reader.Skip();
        }
        return true;
    }

    /// <summary>An integer.</summary>
    public static bool Integer(ref Utf8JsonReader value, out long integer)
    {
        integer = 0;
        return value.TokenType == JsonTokenType.Number && value.TryGetInt64(out integer);
    }

    /// <summary>A text or a property's name; null where it is none, or no Unicode.</summary>
    public static string? Text(ref Utf8JsonReader value)
    {
        if (value.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
