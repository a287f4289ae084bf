using System.Globalization;
using System.Text.Json;
using Rca.Data.Coco;
using Rca.Files;

namespace Rca.Samples;

/// <summary>
/// Writes a miniature of the tree of COCO 2014: 6 train and 4 val pictures. Of the objects of a picture, the first has a polygon, the
/// second two, the third is a crowd region with uncompressed runs, the fourth has compressed runs.
/// </summary>
public static class SampleCoco
{
    private const int Year = 2014, Train = 6, Crowd = 2, Compressed = 3;

    /// <summary>Writes the tree whole or not at all; always the same one.</summary>
    /// <param name="directory">Where to write; it must not exist, or must be empty.</param>
    /// <exception cref="RcaException">The folder is in use, or the disk refuses.</exception>
    public static void Write(string directory) => WholeFolder.Write(directory, folder =>
    {
        Directory.CreateDirectory(Path.Combine(folder, "annotations"));
        WritePart(folder, "train", [.. Enumerable.Range(0, Train)]);
        WritePart(folder, "val", [.. Enumerable.Range(Train, SampleShapes.Pictures - Train)]);
    });

    private static void WritePart(string folder, string split, int[] numbers)
    {
        var part = $"{split}{Year}";
        Directory.CreateDirectory(Path.Combine(folder, part));
        var drawings = numbers.Select(i => (Id: i + 1, Name: string.Create(CultureInfo.InvariantCulture, $"COCO_{part}_{i + 1:D12}.jpg"), Drawing: SampleShapes.Draw(i, Classes(i)))).ToList();
        foreach (var (_, name, drawing) in drawings)
            SampleShapes.Write(Path.Combine(folder, part, name), drawing);

        using var file = File.Create(Path.Combine(folder, "annotations", $"instances_{part}.json"));
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteStartObject("info");
        json.WriteNumber("year", Year);
        json.WriteString("description", "Drawn shapes in the format of COCO");
        json.WriteEndObject();
        Array("images", drawings, item =>
        {
            json.WriteNumber("id", item.Id);
            json.WriteString("file_name", item.Name);
            json.WriteNumber("width", item.Drawing.Picture.Width);
            json.WriteNumber("height", item.Drawing.Picture.Height);
        });
        Array("annotations", drawings.SelectMany(item => item.Drawing.Objects.Select((drawn, k) => (item.Id, drawn, k))), item => WriteAnnotation(json, item.Id, item.drawn, item.k));
        Array("categories", CocoClasses.Numbered, category =>
        {
            json.WriteNumber("id", category.Id);
            json.WriteString("name", category.Name);
        });
        json.WriteEndObject();

        void Array<T>(string name, IEnumerable<T> items, Action<T> write)
        {
            json.WriteStartArray(name);
            foreach (var item in items)
            {
                json.WriteStartObject();
                write(item);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
    }

    /// <summary>The val pictures show classes that the train pictures show.</summary>
    private static int[] Classes(int i) => [.. Enumerable.Range(0, SampleShapes.Objects).Select(k => (i % Train * SampleShapes.Objects + k) * 3 % CocoClasses.Numbered.Count)];

    private static void WriteAnnotation(Utf8JsonWriter json, int picture, SampleObject drawn, int k)
    {
        json.WriteNumber("id", picture * SampleShapes.Objects + k);
        json.WriteNumber("image_id", picture);
        json.WriteNumber("category_id", CocoClasses.Numbered[drawn.Class].Id);
        json.WriteNumber("area", drawn.Mask.Area);
        json.WriteNumber("iscrowd", k == Crowd ? 1 : 0);
        json.WritePropertyName("segmentation");
        if (k is Crowd or Compressed)
        {
            json.WriteStartObject();
            json.WritePropertyName("counts");
            if (k == Compressed)
                json.WriteStringValue(drawn.Mask.ToCompressed());
            else
                JsonSerializer.Serialize(json, drawn.Mask.Runs.ToArray());
            json.WritePropertyName("size");
            JsonSerializer.Serialize(json, (int[])[drawn.Mask.Height, drawn.Mask.Width]);
            json.WriteEndObject();
        }
        else
            JsonSerializer.Serialize(json, drawn.Polygons);
    }
}
