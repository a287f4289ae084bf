using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rca.Imaging.Crf;

/// <summary>The vector that carries labels: four wide for the usual handful of tagged classes, else eight wide.</summary>
internal unsafe interface ILanes<TVector>
    where TVector : unmanaged
{
    static abstract int Count { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* target);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>Each of the block's <paramref name="count"/> rows of <paramref name="lanes"/> becomes its softmax; a row more may be touched.</summary>
    static abstract void Softmax(float* block, int count, int lanes);
}

internal readonly unsafe struct FourLanes : ILanes<Vector128<float>>
{
    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.MultiplyAddEstimate(a, b, c);

    // Two rows to a vector.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softmax(float* block, int count, int lanes)
    {
        for (var end = block + count * Count; block < end; block += 2 * Count)
        {
            var row = Vector256.Load(block);
            var highest = Vector256.MaxNative(row, EightLanes.SwapPairs(row));
            highest = Vector256.MaxNative(highest, EightLanes.SwapNeighbours(highest));
            row = EightLanes.ExpOfDifference(row, highest);
            var sum = row + EightLanes.SwapPairs(row);
            (row / (sum + EightLanes.SwapNeighbours(sum))).Store(block);
        }
    }
}

internal readonly unsafe struct EightLanes : ILanes<Vector256<float>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softmax(float* block, int count, int lanes)
    {
        for (var end = block + count * lanes; block < end; block += lanes)
        {
            var highest = Load(block);
            for (var lane = Count; lane < lanes; lane += Count)
                highest = Vector256.MaxNative(highest, Load(block + lane));
            highest = Vector256.MaxNative(highest, SwapHalves(highest));
            highest = Vector256.MaxNative(highest, SwapPairs(highest));
            highest = Vector256.MaxNative(highest, SwapNeighbours(highest));

            var sum = Vector256<float>.Zero;
            for (var lane = 0; lane < lanes; lane += Count)
            {
                var value = ExpOfDifference(Load(block + lane), highest);
                Store(value, block + lane);
                sum += value;
            }
            sum += SwapHalves(sum);
            sum += SwapPairs(sum);
            var inverse = Vector256<float>.One / (sum + SwapNeighbours(sum));
            for (var lane = 0; lane < lanes; lane += Count)
                Store(Load(block + lane) * inverse, block + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SwapHalves(Vector256<float> value) => Vector256.Shuffle(value, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SwapPairs(Vector256<float> value) => Vector256.Shuffle(value, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SwapNeighbours(Vector256<float> value) => Vector256.Shuffle(value, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));

    /// <summary>
    /// 2^n · e^r with |r| ≤ ln 2 / 2 and the Taylor series of e^r to r⁶: relative error below 4e-7.
    /// Below e^-64 the result is 0, which keeps denormal numbers (slow, and without weight here) out of the filter.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ExpOfDifference(Vector256<float> a, Vector256<float> b)
    {
        var smallest = Vector256.Create(-64f);
        var difference = a - b;
        var x = Vector256.MaxNative(difference, smallest);
        var n = Vector256.Round(x * 1.44269504f);
        // ln 2 in two parts, the first short enough for n·part to be exact.
        var r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-0.693359375f), x);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(2.12194440e-4f), r);
        var series = Vector256.MultiplyAddEstimate(r, Vector256.Create(1f / 720), Vector256.Create(1f / 120));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 24));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f / 6));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(0.5f));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f));
        series = Vector256.MultiplyAddEstimate(series, r, Vector256.Create(1f));
        var power = ((Vector256.ConvertToInt32(n) + Vector256.Create(127)) << 23).AsSingle();
        return Vector256.GreaterThan(difference, smallest) & (series * power);
    }
}
