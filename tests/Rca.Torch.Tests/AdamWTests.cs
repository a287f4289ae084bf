namespace Rca.Torch.Tests;

public class AdamWTests
{
    [Fact]
    public void A_weight_that_joins_the_loss_later_starts_its_own_count_of_steps()
    {
        using var scope = new TensorScope();
        Tensor early = Leaf(), late = Leaf(), alone = Leaf();
        using var together = new AdamW([new ParameterGroup([("early", early), ("late", late)], 0.1, 0.01)]);
        using var fresh = new AdamW([new ParameterGroup([("alone", alone)], 0.1, 0.01)]);

        for (int step = 0; step < 3; step++)
        {
            (early * 3).Sum().Backward();
            together.Step(1);
        }
        (early * 3 + late * 2).Sum().Backward();
        together.Step(1);
        (alone * 2).Sum().Backward();
        fresh.Step(1);

        Assert.Equal(alone.ToArray<float>(), late.ToArray<float>());
    }

    private static Tensor Leaf() => Tensor.Full([3], 0.5).WithGrad();
}
