// What a tree of COCO, PASCAL VOC or a tagged folder holds: ReadCoco DATA
using Rca.Data;
using Rca.Data.Loading;

TaggedDataset data = DatasetReader.Load(args[0]);
Console.WriteLine($"{data.Layout}: {data.Of(Split.Train).Count} train and {data.Of(Split.Val).Count} val pictures.");
for (int c = 0; c < data.Classes.Count; c++)
    Console.WriteLine($"{data.Classes[c]} is tagged on {data.Images.Count(image => image.Tags.Contains(c))} pictures.");
